import { expect, test } from 'vitest';
import { remainingDeaths, withDeath, type Deaths } from './flapping.ts';

const LIMITS = { deaths: 3, withinMs: 60_000 };

function at(second: number): Date {
  return new Date(second * 1000);
}

/** A component whose container died at these seconds, and is looked at before each. */
function died(seconds: readonly number[]): Deaths | undefined {
  let deaths: Deaths | undefined;
  for (const second of seconds) {
    deaths = remainingDeaths(deaths, at(second), LIMITS);
    deaths = withDeath(deaths, { time: at(second), exitCode: second }, LIMITS);
  }
  return deaths;
}

test.each([
  ['one death', [0], false],
  ['fewer deaths than the limit', [0, 1], false],
  ['as many deaths, in time', [0, 30, 60], true],
  ['as many deaths, in more time', [0, 30, 61], false],
  ['the last ones in time', [0, 50, 90, 110], true],
  ['more deaths after it began, each long after the other', [0, 1, 2, 50, 100], true],
  ['deaths after it was quiet', [0, 1, 2, 62, 63], false],
])('%s', (_, seconds, isFlapping) => {
  expect(died(seconds)?.isFlapping).toBe(isFlapping);
});

test('tells the last exit code, and keeps no more deaths than the limit needs', () => {
  expect(died([0, 1, 2, 3, 4])).toEqual({ times: [at(2), at(3), at(4)], lastExitCode: 4, isFlapping: true });
});

test.each([
  ['just before it was quiet for the whole time', 61.999, true],
  ['once it was', 62, false],
])('flapping ends: %s', (_, second, isFlapping) => {
  expect(remainingDeaths(died([0, 1, 2]), at(second), LIMITS)?.isFlapping ?? false).toBe(isFlapping);
});
