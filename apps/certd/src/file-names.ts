/**
 * The names, without extension, that a hostname's files may have, best first. The default name
 * of a service, `<service>.<domain>`, is filed under the service; every name may be filed under
 * itself, which no other can take because a service's name has no dot.
 */
export function fileBases({
  owner,
  hostname,
  domain,
}: {
  /** "<node>/<service>". */
  owner: string;
  hostname: string;
  /** The issuer's domain that the hostname is within. */
  domain: string;
}): string[] {
  const service = owner.slice(owner.indexOf('/') + 1);
  return hostname === `${service}.${domain}` ? [service, hostname] : [hostname];
}
