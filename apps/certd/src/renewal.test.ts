import { expect, test } from 'vitest';
import { isDue, renewAt } from './renewal.ts';

const DAY_MS = 86_400_000;
const notBefore = new Date('2026-01-01T00:00:00Z');
const notAfter = new Date(notBefore.getTime() + 90 * DAY_MS);

const daysUntilRenewal = (fingerprint: string) =>
  (renewAt({ notBefore, notAfter, fingerprint }).getTime() - notBefore.getTime()) / DAY_MS;

test('renews 90 days after 57 to 60 days, at a moment that the fingerprint decides', () => {
  expect(daysUntilRenewal('00000000')).toBe(60);
  expect(daysUntilRenewal('80000000')).toBeCloseTo(58.5);
  expect(daysUntilRenewal('ffffffff')).toBeCloseTo(57);
});

test('is due from that moment on', () => {
  const lifetime = { notBefore, notAfter, fingerprint: '00000000' };
  const at = renewAt(lifetime).getTime();
  expect(isDue(lifetime, new Date(at - 1))).toBe(false);
  expect(isDue(lifetime, new Date(at))).toBe(true);
});
