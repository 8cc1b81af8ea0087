import { ServiceError } from '@mcp/daemon/errors';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const MAX_NAME_LENGTH = 253;

/** The zone's own name, as a record's name. */
export const APEX = '@';

/**
 * Returns a fully qualified name in lower case, without the final dot. Throws
 * invalid_argument naming `field`.
 */
export function requireHostname(text: string, field: string): string {
  const name = lowerCase(text).replace(/\.$/, '');
  const problem = problemOf(name);
  if (problem !== undefined) throw invalid(field, `"${text}" is not a DNS name: ${problem}`);
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
  const problem = problemOf(name) ?? lengthProblem(`${name}.${zone}`);
  if (problem !== undefined) throw invalid('name', `"${text}" is not a DNS name: ${problem}`);
  return name;
}

/** The full name of a record of `zone`. */
export function fullName(name: string, zone: string): string {
  return name === APEX ? zone : `${name}.${zone}`;
}

/** ASCII letters only: DNS knows no other case (RFC 4343). */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'it is empty';
  const label = name.split('.').find((each) => !LABEL.test(each));
  if (label === undefined) return lengthProblem(name);
  if (label === '') return 'it has an empty label';
  return label.length > 63
    ? 'a label has more than 63 characters'
    : `label "${label}" may have letters, digits, "-" and "_" only, and no "-" at its ends`;
}

function lengthProblem(name: string): string | undefined {
  return name.length > MAX_NAME_LENGTH ? `it has more than ${MAX_NAME_LENGTH} characters` : undefined;
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}
