import { ServiceError } from '@mcp/daemon/errors';
import { canonicalName, lowerCase, whyNotName, whyTooLong } from '@mcp/dns/names';

/** The zone's own name, as a record's name. */
export const APEX = '@';

/**
 * Returns a fully qualified name in lower case, without the final dot. Throws
 * invalid_argument naming `field`.
 */
export function requireHostname(text: string, field: string): string {
  const name = canonicalName(text);
  const reason = whyNotName(name);
  if (reason !== undefined) throw invalid(field, `"${text}" is not a DNS name: ${reason}`);
  return name;
}

/**
 * Returns a record's name relative to `zone` in lower case, "@" for the zone itself. Throws
 * invalid_argument.
 */
export function requireRecordName(text: string, zone: string): string {
  const name = lowerCase(text);
  if (name === APEX) return name;
  if (name.endsWith('.')) throw invalid('name', `"${text}" must be relative to ${zone}, without a final dot`);
  const reason = whyNotName(name) ?? whyTooLong(`${name}.${zone}`);
  if (reason !== undefined) throw invalid('name', `"${text}" is not a DNS name: ${reason}`);
  return name;
}

/** The full name of a record of `zone`. */
export function fullName(name: string, zone: string): string {
  return name === APEX ? zone : `${name}.${zone}`;
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}
