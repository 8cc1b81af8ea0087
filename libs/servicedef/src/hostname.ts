import { mustBe, type Form } from './form.ts';

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const HOSTNAME = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
/** No top-level domain is a number (RFC 3696, section 2), so this can only be meant as an address. */
const IPV4 = /(^|\.)[0-9]+$/;
const IPV6 = /^\[?[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*\]?$/;

/** A name a client can ask for; in lower case, because names are the same in both. */
export const hostname: Form<string> = (value) => {
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  if (name.includes('*')) return mustBe('one hostname without wildcard', value);
  if (IPV4.test(name) || IPV6.test(name)) return mustBe('a hostname, no IP address', value);
  if (name.length > 253 || !HOSTNAME.test(name)) {
    return mustBe('a hostname like "docs.example.net" (letters, digits, "-" and "."; no port)', value);
  }
  return { value: name };
};
