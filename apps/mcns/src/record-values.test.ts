import { expect, test } from 'vitest';
import { requireHostname, requireRecordName } from './names.ts';
import { requireTtl, requireType, requireValue } from './record-values.ts';

const label63 = 'a'.repeat(63);

test.each([
  ['A', '10.0.0.1', '10.0.0.1'],
  ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
  ['CNAME', 'Web.Example.NET.', 'web.example.net'],
  ['TXT', 'Any text; with "quotes"', 'Any text; with "quotes"'],
] as const)('stores one spelling of %s %s', (type, value, expected) => {
  expect(requireValue(type, value)).toBe(expected);
});

test.each([
  ['A', '10.0.0.256', 'value must be an IPv4 address, not "10.0.0.256"'],
  ['A', '010.0.0.1', 'value must be an IPv4 address, not "010.0.0.1"'],
  ['A', '::1', 'value must be an IPv4 address, not "::1"'],
  ['AAAA', '10.0.0.1', 'value must be an IPv6 address, not "10.0.0.1"'],
  ['AAAA', 'fe80::1%eth0', 'value must be an IPv6 address, not "fe80::1%eth0"'],
  ['CNAME', 'a..b', 'value "a..b" is not a DNS name: it has an empty label'],
  ['CNAME', '', 'value "" is not a DNS name: it is empty'],
  ['TXT', '', 'value must be text of 1 to 4096 octets'],
  ['TXT', 'é'.repeat(2049), 'value must be text of 1 to 4096 octets'],
] as const)('refuses %s %s', (type, value, message) => {
  expect(() => requireValue(type, value)).toThrow(message);
});

test('takes names relative to the zone, in lower case', () => {
  expect(requireRecordName('@', 'svc.test')).toBe('@');
  expect(requireRecordName('_acme-challenge.Web', 'svc.test')).toBe('_acme-challenge.web');
  expect(requireRecordName(label63, 'svc.test')).toBe(label63);
});

test.each([
  ['a.svc.test.', 'must be relative to svc.test, without a final dot'],
  [`${label63}a`, 'a label has more than 63 characters'],
  ['-a', 'label "-a" may have letters, digits'],
  ['a b', 'label "a b" may have letters, digits'],
  [Array.from({ length: 4 }, () => label63.slice(1)).join('.'), 'it has more than 253 characters'],
])('refuses the name %s', (name, message) => {
  expect(() => requireRecordName(name, 'svc.test')).toThrow(message);
});

test('does not take a letter of another alphabet for its ASCII likeness', () => {
  expect(() => requireHostname('\u212Aube.test', 'value')).toThrow('may have letters, digits');
});

test('bounds the TTL and defaults it to 300 s', () => {
  expect([requireTtl(0), requireTtl(1), requireTtl(604_800)]).toEqual([300, 1, 604_800]);
  for (const ttl of [-1, 604_801, 1.5, Number.NaN])
    expect(() => requireTtl(ttl)).toThrow(`ttl must be 1 to 604800 seconds, not ${ttl}`);
});

test('names the types there are', () => {
  expect(() => requireType('MX')).toThrow('type must be one of A, AAAA, CNAME, TXT, not "MX"');
});
