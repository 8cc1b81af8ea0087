import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startPaced } from './pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('sends by the clock, also what came due while the process stood still', () => {
  const due: number[] = [];
  const startedAt = performance.now();
  const stop = startPaced([{ perSecond: 50, send: (dueAt) => due.push(Math.round(dueAt - startedAt)) }]);
  vi.advanceTimersByTime(41);
  expect(due).toEqual([0, 20, 40]);
  // Timers that could not fire are fired once, as after a stall.
  vi.setSystemTime(Date.now() + 100);
  vi.advanceTimersByTime(100);
  expect(due.at(-1)).toBe(due.length * 20 - 20);
  stop();
  const { length } = due;
  vi.advanceTimersByTime(100);
  expect(due).toHaveLength(length);
});
