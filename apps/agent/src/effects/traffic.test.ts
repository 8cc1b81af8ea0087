import { ServiceError } from '@mcp/daemon/errors';
import { expect, test } from 'vitest';
import type { Peers } from '../peers.ts';
import { createTrafficEffects } from './traffic.ts';

const traffic = {
  owner: 'rift/web',
  routes: [{ hostname: 'web.test', port: 443 }],
  backends: ['127.0.0.1:20001'],
  holdMs: 1000,
  drainMs: 200,
};

/** A routed that says what the proxy counts at each look; the last answer repeats. */
function fakeRouted(looks: ({ requests: number; streams: number } | Error)[]) {
  const calls: string[] = [];
  const routed = {
    async holdRoutes({ hold }: { hold: { seconds: bigint; nanos: number } }) {
      calls.push(`hold ${Number(hold.seconds) * 1000 + hold.nanos / 1e6}`);
      return {};
    },
    async resumeRoutes() {
      calls.push('resume');
      return {};
    },
    async countConnections({ backends }: { backends: string[] }) {
      calls.push('count');
      const look = looks.length > 1 ? looks.shift()! : looks[0]!;
      if (look instanceof Error) throw look;
      return { backends: backends.map((backend) => ({ backend, ...look })) };
    },
  } as unknown as NonNullable<Peers['routed']>;
  return { calls, effects: createTrafficEffects({ routed }, 1) };
}

const signal = () => AbortSignal.timeout(5000);

test('holds before it counts, waits for the requests that are open, and sets the hold anew at the end', async () => {
  const { calls, effects } = fakeRouted([
    { requests: 2, streams: 0 },
    { requests: 1, streams: 0 },
    { requests: 0, streams: 0 },
  ]);
  expect(await effects.holdAndDrain(traffic, signal())).toEqual({ open: 2, cut: 0 });
  expect(calls).toEqual(['hold 1200', 'count', 'count', 'count', 'count', 'hold 1000']);
});

test('a request that does not end is cut after the drain time, and counted', async () => {
  const { effects } = fakeRouted([{ requests: 3, streams: 0 }]);
  expect(await effects.holdAndDrain({ ...traffic, drainMs: 30 }, signal())).toEqual({ open: 3, cut: 3 });
});

test('a stream does not keep everybody waiting for the whole drain time', async () => {
  const { effects } = fakeRouted([{ requests: 0, streams: 1 }]);
  const startedAt = performance.now();
  expect(await effects.holdAndDrain({ ...traffic, drainMs: 60_000 }, signal())).toEqual({ open: 1, cut: 1 });
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

test('what is not served is not held', async () => {
  const { calls, effects } = fakeRouted([{ requests: 0, streams: 0 }]);
  await effects.holdAndDrain({ ...traffic, routes: [] }, signal());
  await effects.resume({ ...traffic, routes: [] }, signal());
  expect(calls).toEqual([]);
});

test('a drain without a hold waits for streams as long as for requests', async () => {
  const looks = Array.from({ length: 20 }, () => ({ requests: 0, streams: 1 }));
  const { effects } = fakeRouted([...looks, { requests: 0, streams: 0 }]);
  expect(await effects.drain(traffic, signal())).toEqual({ open: 1, cut: 0 });
});

test('connections that cannot be counted are waited for no longer than the drain time', async () => {
  const { effects } = fakeRouted([new ServiceError('unavailable', 'routed is away')]);
  expect(await effects.drain(traffic, signal())).toEqual({ open: 0, cut: 0, unknown: 'routed is away' });
});

test('without a proxy there is nothing to hold or to wait for', async () => {
  const effects = createTrafficEffects({ routed: undefined });
  expect(await effects.holdAndDrain(traffic, signal())).toEqual({ open: 0, cut: 0 });
  expect(await effects.drain(traffic, signal())).toEqual({ open: 0, cut: 0 });
});
