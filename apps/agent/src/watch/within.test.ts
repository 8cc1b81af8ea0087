import { expect, test } from 'vitest';
import { createFakeTime } from './fake-time.ts';
import { within } from './within.ts';

function start(work: (signal: AbortSignal) => Promise<string>) {
  const time = createFakeTime('2026-11-24T12:00:00Z');
  const stop = new AbortController();
  let ends: AbortSignal | undefined;
  const result = within(5000, (signal) => work((ends = signal)), { wait: time.wait, signal: stop.signal });
  result.catch(() => undefined);
  return { ...time, stop, result, isEnded: () => ends?.aborted };
}

const never = () => new Promise<string>(() => undefined);

test('gives what the work gives in time, and waits for nothing more', async () => {
  const { result, isEnded } = start(async () => 'done');
  expect(await result).toBe('done');
  expect(isEnded()).toBe(true);
});

test('work that takes longer is ended and given up', async () => {
  const { result, pass, isEnded } = start(never);
  await pass(4999);
  expect(isEnded()).toBe(false);
  await pass(1);
  await expect(result).rejects.toMatchObject({ code: 'unavailable', message: 'no answer within 5 s' });
  expect(isEnded()).toBe(true);
});

test('ends with the reason of its signal', async () => {
  const { result, stop } = start(never);
  stop.abort(new Error('the agent stops'));
  await expect(result).rejects.toThrow('the agent stops');
});
