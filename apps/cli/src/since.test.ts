import { expect, test } from 'vitest';
import { parseSince } from './since.ts';

const now = new Date('2026-01-31T12:00:00Z');

test.each([
  ['90s', '2026-01-31T11:58:30.000Z'],
  ['1h30m', '2026-01-31T10:30:00.000Z'],
  ['2d', '2026-01-29T12:00:00.000Z'],
  ['2026-01-31T13:00:00+02:00', '2026-01-31T11:00:00.000Z'],
])('reads %s', (text, time) => expect(parseSince(text, now).toISOString()).toBe(time));

test.each([
  '',
  '10',
  'm',
  '10 m',
  '-5m',
  'yesterday',
  '2026-01-31',
  '2026-13-31T00:00:00Z',
  '99999999999999d',
])('refuses "%s" and says what it takes', (text) =>
  expect(() => parseSince(text, now)).toThrow(`--since "${text}": expected a duration like 10m`),
);
