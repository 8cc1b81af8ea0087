import { expect, test } from 'vitest';
import { repairDueAt, withAttempt, type RepairHistory } from './repair-schedule.ts';

const START = new Date('2026-11-24T12:00:00Z').getTime();
const at = (second: number) => new Date(START + second * 1000);
const died = { containerDied: true };
const other = { containerDied: false };

/** Attempts at these seconds, each because a container died, that fail or succeed. */
function attempts(tried: readonly (readonly [second: number, error: string])[]): RepairHistory | undefined {
  return tried.reduce<RepairHistory | undefined>(
    (history, [second, error]) =>
      withAttempt(history, { at: at(second), operationId: `op${second}`, error }, died),
    undefined,
  );
}

test.each([
  ['the first time: at once', [], died, 5, 5],
  ['after a failure: 30 s later', [[0, 'x']], other, 1, 30],
  [
    'after two: 1 min',
    [
      [0, 'x'],
      [30, 'x'],
    ],
    other,
    31,
    90,
  ],
  [
    'after three: 2 min',
    [
      [0, 'x'],
      [30, 'x'],
      [90, 'x'],
    ],
    other,
    91,
    210,
  ],
  [
    'after four: 5 min',
    [
      [0, 'x'],
      [1, 'x'],
      [2, 'x'],
      [3, 'x'],
    ],
    other,
    4,
    303,
  ],
  [
    'after five: 10 min',
    [
      [0, 'x'],
      [1, 'x'],
      [2, 'x'],
      [3, 'x'],
      [4, 'x'],
    ],
    other,
    5,
    604,
  ],
  [
    'after six: 10 min again',
    [
      [0, 'x'],
      [1, 'x'],
      [2, 'x'],
      [3, 'x'],
      [4, 'x'],
      [5, 'x'],
    ],
    other,
    6,
    605,
  ],
  [
    'after a success: at once',
    [
      [0, 'x'],
      [30, ''],
    ],
    other,
    31,
    31,
  ],
  ['after a success whose container died soon: as after a failure', [[0, '']], died, 20, 30],
  [
    'after several of those: as after several failures',
    [
      [0, ''],
      [30, ''],
      [90, ''],
    ],
    died,
    100,
    210,
  ],
  [
    'after failures and a success that did not last: later still',
    [
      [0, 'x'],
      [30, ''],
    ],
    died,
    40,
    90,
  ],
  [
    'after a success that lasted 10 min: at once',
    [
      [0, 'x'],
      [30, ''],
    ],
    died,
    630,
    630,
  ],
  [
    'after a success, a failure counts from one again',
    [
      [0, 'x'],
      [30, 'x'],
      [90, ''],
      [1000, 'x'],
    ],
    other,
    1001,
    1030,
  ],
] as const)('%s', (_, tried, need, now, due) => {
  expect(repairDueAt(attempts(tried), need, at(now))).toEqual(at(due));
});

test('remembers the last attempt and its error', () => {
  expect(
    attempts([
      [0, 'x'],
      [30, 'the engine refuses'],
    ]),
  ).toEqual({
    failures: 2,
    lastAt: at(30),
    lastOperationId: 'op30',
    lastError: 'the engine refuses',
  });
});
