const MAX_NONCES = 20;

/**
 * Nonces that CAs sent along with other answers (RFC 8555 section 6.5), newest first, by origin.
 * acme-client fetches a new one before every request; one from here saves that round trip.
 */
export interface NoncePool {
  add(url: string, nonce: string): void;
  take(url: string): string | undefined;
  /** Forgets all nonces of an origin: it has refused one, so others are likely stale. */
  clear(url: string): void;
}

export function createNoncePool(): NoncePool {
  const byOrigin = new Map<string, string[]>();
  const of = (url: string) => {
    const { origin } = new URL(url);
    const nonces = byOrigin.get(origin) ?? [];
    byOrigin.set(origin, nonces);
    return nonces;
  };
  return {
    add(url, nonce) {
      const nonces = of(url);
      nonces.push(nonce);
      if (nonces.length > MAX_NONCES) nonces.shift();
    },
    take: (url) => of(url).pop(),
    clear: (url) => void of(url).splice(0),
  };
}
