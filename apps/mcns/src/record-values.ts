import { isIPv4, isIPv6 } from 'node:net';
import { ServiceError } from '@mcp/daemon/errors';
import { requireHostname } from './names.ts';

export const recordTypes = ['A', 'AAAA', 'CNAME', 'TXT'] as const;
export type RecordType = (typeof recordTypes)[number];

const MAX_TEXT_BYTES = 4096;
const DEFAULT_TTL_S = 300;
const MAX_TTL_S = 604_800;

/** Throws invalid_argument. */
export function requireType(type: string): RecordType {
  const known = recordTypes.find((each) => each === type);
  if (known === undefined) throw invalid('type', `must be one of ${recordTypes.join(', ')}, not "${type}"`);
  return known;
}

/**
 * Returns the one spelling of a value: an IPv6 address as in RFC 5952, a name in lower case
 * without the final dot, text as it is (at most 4096 octets). Throws invalid_argument.
 */
export function requireValue(type: RecordType, value: string): string {
  switch (type) {
    case 'A':
      if (!isIPv4(value)) throw invalid('value', `must be an IPv4 address, not "${value}"`);
      return value;
    case 'AAAA':
      if (!isIPv6(value) || value.includes('%'))
        throw invalid('value', `must be an IPv6 address, not "${value}"`);
      return new URL(`http://[${value}]`).hostname.slice(1, -1);
    case 'CNAME':
      return requireHostname(value, 'value');
    case 'TXT':
      if (value === '' || Buffer.byteLength(value) > MAX_TEXT_BYTES)
        throw invalid('value', `must be text of 1 to ${MAX_TEXT_BYTES} octets`);
      return value;
  }
}

/** Returns the TTL in seconds, 300 for 0. Throws invalid_argument outside 1 to 604800. */
export function requireTtl(ttl: number): number {
  if (ttl === 0) return DEFAULT_TTL_S;
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL_S)
    throw invalid('ttl', `must be 1 to ${MAX_TTL_S} seconds, not ${ttl}`);
  return ttl;
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}
