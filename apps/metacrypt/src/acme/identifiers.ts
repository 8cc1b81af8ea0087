import { isIP } from 'node:net';
import { isHostname } from '@mcp/dns/names';

/** Why no certificate is given for `name`, whatever the policy; undefined when it may be asked for. */
export function reasonAgainst(name: string): string | undefined {
  if (name.startsWith('*.')) return 'wildcards are not issued; order each name by itself';
  if (isIP(name) !== 0) return 'IP addresses are not issued';
  if (!isHostname(name)) return 'it is not a DNS name';
  return undefined;
}
