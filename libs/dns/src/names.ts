import { isIP } from 'node:net';

const MAX_NAME_LENGTH = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** ASCII letters in lower case: DNS knows no other case (RFC 4343). */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The one spelling of a name: in lower case, without the final dot. */
export function canonicalName(text: string): string {
  return lowerCase(text).replace(/\.$/, '');
}

/**
 * Why a lower-case name without final dot cannot be the name of a record (RFC 1035, 2.3.4, and
 * underscores as in RFC 8552); undefined when it can.
 */
export function whyNotName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  const label = name.split('.').find((each) => !LABEL.test(each));
  if (label === undefined) return whyTooLong(name);
  if (label === '') return 'it has an empty label';
  return label.length > 63
    ? 'a label has more than 63 characters'
    : `label "${label}" may have letters, digits, "-" and "_" only, and no "-" at its ends`;
}

/** Why a full name is too long for DNS; undefined when it is not. */
export function whyTooLong(name: string): string | undefined {
  return name.length > MAX_NAME_LENGTH ? `it has more than ${MAX_NAME_LENGTH} characters` : undefined;
}

/** True for a lower-case name that a host may have (RFC 1123, 2.1): no underscore, no address. */
export function isHostname(name: string): boolean {
  return isIP(name) === 0 && !name.includes('_') && whyNotName(name) === undefined;
}
