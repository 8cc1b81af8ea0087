import { expect, test } from 'vitest';
import { createFakeTime } from './fake-time.ts';
import { createQueue } from './queue.ts';

function createWork(atOnce = 1) {
  const time = createFakeTime('2026-11-24T12:00:00Z');
  const stop = new AbortController();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = createQueue({
    ...time,
    atOnce,
    signal: stop.signal,
    async work(key) {
      begun.push(key);
      await new Promise<void>((resolve) => ends.set(key, resolve));
    },
  });
  const end = async (key: string) => {
    ends.get(key)!();
    await time.settle();
  };
  return { ...time, stop, begun, queue, end };
}

test('work is begun when it is due, at the earliest time that was asked for', async () => {
  const { queue, begun, pass, end } = createWork(2);
  queue.request('web', 300);
  queue.request('web', 5000);
  queue.request('db', 5000);
  queue.request('db', 400);
  await pass(299);
  expect(begun).toEqual([]);
  await pass(1);
  expect(begun).toEqual(['web']);
  await pass(100);
  expect(begun).toEqual(['web', 'db']);
  await end('web');
  await end('db');
  await pass(10_000);
  expect(begun).toEqual(['web', 'db']);
});

test('what is asked for while it is worked on is done once more', async () => {
  const { queue, begun, pass, end } = createWork(2);
  queue.request('web', 0);
  await pass(0);
  for (let count = 0; count < 3; count++) queue.request('web', 0);
  await pass(1000);
  expect(begun).toEqual(['web']);
  await end('web');
  expect(begun).toEqual(['web', 'web']);
  await end('web');
  expect(begun).toEqual(['web', 'web']);
});

test('so many are worked on at once, in the order in which they were due', async () => {
  const { queue, begun, pass, end } = createWork(2);
  queue.request('c', 2);
  queue.request('a', 0);
  queue.request('b', 1);
  await pass(10);
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('nothing is begun once the signal is aborted', async () => {
  const { queue, begun, pass, end, stop } = createWork();
  queue.request('a', 0);
  queue.request('b', 0);
  queue.request('c', 100);
  await pass(0);
  stop.abort();
  await end('a');
  queue.request('d', 0);
  await pass(1000);
  expect(begun).toEqual(['a']);
});
