import { createLogger } from '@mcp/daemon/logging';
import { expect, onTestFinished, test } from 'vitest';
import { createSyncLoop } from './sync-loop.ts';

function start(pass: () => Promise<void>, resyncEveryMs = 60_000) {
  const stop = new AbortController();
  const loop = createSyncLoop(
    { signal: stop.signal, log: createLogger('test', 'silent'), resyncEveryMs },
    pass,
  );
  const running = loop.run();
  onTestFinished(() => stop.abort());
  return { loop, stop, running };
}

test('runs a pass at once, on request, and on the timer', async () => {
  let passes = 0;
  const { loop } = start(async () => void (passes += 1), 300);
  await expect.poll(() => passes).toBe(1);
  loop.request();
  await expect.poll(() => passes, { timeout: 200 }).toBe(2);
  await expect.poll(() => passes, { timeout: 2000 }).toBeGreaterThan(2);
});

test('a request during a pass is not lost', async () => {
  let passes = 0;
  let finish: () => void = () => undefined;
  const { loop } = start(async () => {
    passes += 1;
    if (passes === 1) await new Promise<void>((resolve) => (finish = resolve));
  });
  await expect.poll(() => passes).toBe(1);
  loop.request();
  finish();
  await expect.poll(() => passes, { timeout: 500 }).toBe(2);
});

test('tries a failed pass again soon', async () => {
  let passes = 0;
  start(async () => {
    passes += 1;
    if (passes === 1) throw new Error('the proxy is down');
  });
  await expect.poll(() => passes, { timeout: 2000 }).toBe(2);
});

test('ends when the signal is aborted', async () => {
  const { stop, running } = start(async () => undefined);
  stop.abort();
  await expect(running).resolves.toBeUndefined();
});
