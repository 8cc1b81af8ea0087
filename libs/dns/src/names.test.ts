import { expect, test } from 'vitest';
import { canonicalName, isHostname, whyNotName } from './names.ts';

test('a name is in lower case and without its final dot', () => {
  expect(canonicalName('WEB.Example.Net.')).toBe('web.example.net');
});

test.each([
  ['web.example.net', undefined],
  ['_acme-challenge.web', undefined],
  ['', 'it is empty'],
  ['a..b', 'it has an empty label'],
  ['-a.b', 'label "-a" may have letters, digits, "-" and "_" only, and no "-" at its ends'],
  [`${'a'.repeat(64)}.b`, 'a label has more than 63 characters'],
  ['a.'.repeat(126) + 'test', 'it has more than 253 characters'],
])('of the name %j it says %j', (name, reason) => {
  expect(whyNotName(name)).toBe(reason);
});

test.each([
  ['web.example.net', true],
  ['_acme-challenge.web', false],
  ['10.0.0.1', false],
  ['*.example.net', false],
])('%s as a hostname: %s', (name, is) => {
  expect(isHostname(name)).toBe(is);
});
