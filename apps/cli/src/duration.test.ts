import { expect, test } from 'vitest';
import { formatAge, formatDuration, formatExpiry, toMs } from './duration.ts';

test.each([
  [3.2, '3 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

test.each([
  [-5, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_600_000, '1h'],
  [11_400_000, '3h10m'],
  [360_000_000, '4d4h'],
])('writes an age of %d ms as %s', (ms, text) => expect(formatAge(ms)).toBe(text));

test.each([
  ['2026-04-30T00:00:00Z', 'in 89 days'],
  ['2026-01-31T05:00:00Z', 'in 5h'],
  ['2026-01-28T00:00:00Z', 'expired 3 days ago'],
])('says of %s that it ends %s', (notAfter, text) => {
  expect(formatExpiry(new Date(notAfter), new Date('2026-01-31T00:00:00Z'))).toBe(text);
});

test('takes no duration for none', () => {
  expect(toMs(undefined)).toBe(0);
  expect(toMs({ seconds: 2n, nanos: 500_000 })).toBe(2000.5);
});
