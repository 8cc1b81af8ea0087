import { expect, test } from 'vitest';
import { nextSerial } from './serial.ts';

const now = new Date('2026-11-23T23:59:59Z');

test.each([
  ['starts at the day in UTC', 0, 2_026_112_300],
  ['takes the day over an older serial', 2_026_112_207, 2_026_112_300],
  ['counts within the day', 2_026_112_300, 2_026_112_301],
  ['counts on after 99 changes of a day', 2_026_112_399, 2_026_112_400],
  ['never goes backwards, whatever the clock says', 2_030_010_100, 2_030_010_101],
])('%s', (_title, current, expected) => {
  expect(nextSerial(current, now)).toBe(expected);
});
