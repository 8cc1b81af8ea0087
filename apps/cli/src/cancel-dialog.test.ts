import { expect, test } from 'vitest';
import {
  choicesLine,
  decide,
  questionLine,
  turnOfKey,
  type Action,
  type Stance,
  type Turn,
} from './cancel-dialog.ts';

test.each<[Stance, Turn, Stance, Action]>([
  ['watching', 'interrupt', 'asked', 'ask'],
  ['asked', 'interrupt', 'asked', 'leave'],
  ['asked', 'leave', 'asked', 'leave'],
  ['asked', 'continue', 'watching', 'nothing'],
  ['asked', 'roll back', 'cancelling', 'cancel'],
  ['cancelling', 'interrupt', 'cancelling', 'leave'],
  ['cancelling', 'refused', 'committed', 'nothing'],
  ['cancelling', 'not reached', 'watching', 'nothing'],
  ['committed', 'interrupt', 'committed', 'leave'],
])('%s, %s: then %s, and %s', (before, turn, stance, action) => {
  expect(decide(before, turn)).toEqual({ stance, action });
});

test.each<[string, Turn | undefined]>([
  ['r', 'roll back'],
  ['R', 'roll back'],
  ['l', 'leave'],
  ['c', 'continue'],
  ['\x03', 'interrupt'],
  ['\x03\x03', 'interrupt'],
  ['cc', 'continue'],
  ['x', undefined],
  ['\n', undefined],
  ['', undefined],
  // The right arrow, and a paste.
  ['\x1b[C', undefined],
  ['rm -r /', undefined],
])('takes the key %j as %s', (key, turn) => {
  expect(turnOfKey(key)).toBe(turn);
});

test('asks about the operation by its name, and does not roll back a rollback', () => {
  const shown = { service: 'web', operationId: '1a2b3c4d5e6f' };
  expect(questionLine({ verb: 'deploy', ...shown })).toBe('Roll back deploy 1a2b3c4d5e6f of web?');
  expect(questionLine({ verb: 'rollback', ...shown })).toBe('Undo rollback 1a2b3c4d5e6f of web?');
});

test.each([80, 40])('fits the choices behind a spinner on %i columns', (columns) => {
  const line = choicesLine(columns);
  expect(`  ⠋ ${line}`.length).toBeLessThan(columns);
  expect(line).toMatch(/\[r\].*\[l\].*\[c\]/);
});
