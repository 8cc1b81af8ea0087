import { ServiceError } from '@mcp/daemon/errors';
import { whyNotTtl } from '@mcp/dns/ttl';
import { canonicalValue, recordTypes, whyNotValue, type RecordType } from '@mcp/dns/values';

const DEFAULT_TTL_S = 300;

/** Throws invalid_argument. */
export function requireType(type: string): RecordType {
  const known = recordTypes.find((each) => each === type);
  if (known === undefined) throw invalid('type', `must be one of ${recordTypes.join(', ')}, not "${type}"`);
  return known;
}

/** Returns the one spelling of a value. Throws invalid_argument. */
export function requireValue(type: RecordType, value: string): string {
  const reason = whyNotValue(type, value);
  if (reason !== undefined) throw invalid('value', reason);
  return canonicalValue(type, value);
}

/** Returns the TTL in seconds, 300 for 0. Throws invalid_argument. */
export function requireTtl(ttl: number): number {
  const reason = ttl === 0 ? undefined : whyNotTtl(ttl);
  if (reason !== undefined) throw invalid('ttl', reason);
  return ttl === 0 ? DEFAULT_TTL_S : ttl;
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}
