import { isIPv4, isIPv6 } from 'node:net';
import { canonicalName, whyNotName } from './names.ts';

/** The record types that are managed here. */
export const recordTypes = ['A', 'AAAA', 'CNAME', 'TXT'] as const;
export type RecordType = (typeof recordTypes)[number];

const MAX_TEXT_BYTES = 4096;

/** The spelling by which two values are compared; one that is no value of the type stays as it is. */
export function canonicalValue(type: RecordType, value: string): string {
  if (type === 'AAAA' && isPlainIpv6(value)) return new URL(`http://[${value}]`).hostname.slice(1, -1);
  return type === 'CNAME' ? canonicalName(value) : value;
}

/** Why `value` cannot be a record's value; undefined when it can. */
export function whyNotValue(type: RecordType, value: string): string | undefined {
  switch (type) {
    case 'A':
      return isIPv4(value) ? undefined : `must be an IPv4 address, not "${value}"`;
    case 'AAAA':
      return isPlainIpv6(value) ? undefined : `must be an IPv6 address, not "${value}"`;
    case 'CNAME': {
      const reason = whyNotName(canonicalName(value));
      return reason && `"${value}" is not a DNS name: ${reason}`;
    }
    case 'TXT':
      return value !== '' && Buffer.byteLength(value) <= MAX_TEXT_BYTES
        ? undefined
        : `must be text of 1 to ${MAX_TEXT_BYTES} octets`;
  }
}

/** A zone index ("%eth0") means something on one machine only. */
function isPlainIpv6(value: string): boolean {
  return isIPv6(value) && !value.includes('%');
}
