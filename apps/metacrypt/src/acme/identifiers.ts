import { isIP } from 'node:net';

const MAX_NAME = 253;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** True for a lower-case DNS name without a trailing dot, of labels a host may have. */
export function isDomainName(name: string): boolean {
  return name.length <= MAX_NAME && isIP(name) === 0 && name.split('.').every((label) => LABEL.test(label));
}

/** Why no certificate is given for `name`, whatever the policy; undefined when it may be asked for. */
export function reasonAgainst(name: string): string | undefined {
  if (name.startsWith('*.')) return 'wildcards are not issued; order each name by itself';
  if (isIP(name) !== 0) return 'IP addresses are not issued';
  if (!isDomainName(name)) return 'it is not a DNS name';
  return undefined;
}
