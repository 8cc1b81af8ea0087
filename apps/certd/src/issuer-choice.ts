/** Says whether `hostname` is `domain` or below it. */
export function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

/** The domain of the issuers that fits `hostname` best, the longest one, and its issuer. */
export function chooseIssuer<Issuer extends { domains: readonly string[] }>(
  issuers: readonly Issuer[],
  hostname: string,
): { issuer: Issuer; domain: string } | undefined {
  let best: { issuer: Issuer; domain: string } | undefined;
  for (const issuer of issuers) {
    for (const domain of issuer.domains) {
      if (isWithin(hostname, domain) && domain.length > (best?.domain.length ?? 0)) best = { issuer, domain };
    }
  }
  return best;
}
