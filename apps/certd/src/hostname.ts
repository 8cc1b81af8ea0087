import { isIP } from 'node:net';
import { ServiceError } from '@mcp/daemon/errors';
import { isHostname } from '@mcp/dns/names';

/**
 * Returns the hostnames in lower case when a certificate can be asked for each, and none is
 * named twice. Throws invalid_argument.
 */
export function requireHostnames(hostnames: readonly string[]): string[] {
  const seen = new Set<string>();
  for (const given of hostnames) {
    const hostname = given.toLowerCase();
    const reason = reasonAgainst(hostname) ?? (seen.has(hostname) ? 'is named twice' : undefined);
    if (reason !== undefined) {
      throw new ServiceError('invalid_argument', `hostname ${given} ${reason}`, {
        details: { field: 'hostnames', resource: given },
      });
    }
    seen.add(hostname);
  }
  return [...seen];
}

function reasonAgainst(hostname: string): string | undefined {
  if (hostname.startsWith('*.')) return 'is a wildcard: name each host';
  if (isIP(hostname) !== 0) return 'is an IP address: certificates are for DNS names';
  if (!isHostname(hostname))
    return 'must be a DNS name of labels of letters, digits and hyphens (63 at most)';
  if (!hostname.includes('.')) return 'must have a domain';
  return undefined;
}
