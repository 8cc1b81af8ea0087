import { expect, test, vi } from 'vitest';
import { l4, startRouted } from './test-routed.ts';

const owner = 'rift/demo';
const key = (hostname: string) => ({ hostname, port: 8443 });
const hold = { seconds: 10n, nanos: 0 };

test('holds the named routes of the owner, and lets them go on', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1), l4('b.test', 2)] });
  await routed.holdRoutes({ owner, routes: [key('a.test'), key('B.test')], hold });
  expect([...proxy.holds]).toEqual([
    ['a.test:8443', 10_000],
    ['b.test:8443', 10_000],
  ]);
  await routed.resumeRoutes({ owner, routes: [key('a.test')] });
  expect([...proxy.holds.keys()]).toEqual(['b.test:8443']);
  await routed.resumeRoutes({ owner, routes: [key('a.test')] });
});

test('holds the routes of one call at the same time', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1), l4('b.test', 2), l4('c.test', 3)] });
  proxy.delayMs = 200;
  const begun = performance.now();
  await routed.holdRoutes({ owner, routes: [key('a.test'), key('b.test'), key('c.test')], hold });
  expect(performance.now() - begun).toBeLessThan(390);
});

test('does not wait for an operation on other routes', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1)] });
  proxy.slow = { call: 'add', hostname: 'slow.test', delayMs: 500 };
  let isApplied = false;
  const applied = routed
    .applyRoutes({ owner: 'rift/slow', routes: [l4('slow.test', 9)] })
    .finally(() => (isApplied = true));
  await vi.waitFor(() => expect(proxy.calls).toContain('add slow.test'));
  await routed.holdRoutes({ owner, routes: [key('a.test')], hold });
  await routed.resumeRoutes({ owner, routes: [key('a.test')] });
  expect(isApplied).toBe(false);
  await applied;
});

test('a route that goes to another owner meanwhile is not held for the first', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1)] });
  proxy.slow = { call: 'hold', hostname: 'a.test', delayMs: 300 };
  const held = routed.holdRoutes({ owner, routes: [key('a.test')], hold }).catch((error: unknown) => error);
  await vi.waitFor(() => expect(proxy.calls).toContain('hold a.test'));
  await routed.releaseRoutes({ owner });
  await routed.applyRoutes({ owner: 'rift/other', routes: [l4('a.test', 2)] });
  expect(await held).toMatchObject({ details: 'route a.test:8443 is none of rift/demo' });
  expect(proxy.holds.size).toBe(0);
});

test('a route of another owner is neither held nor resumed', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner: 'rift/other', routes: [l4('a.test', 1)] });
  await routed.holdRoutes({ owner: 'rift/other', routes: [key('a.test')], hold });
  await expect(routed.holdRoutes({ owner, routes: [key('a.test')], hold })).rejects.toThrow(
    'NOT_FOUND: route a.test:8443 is none of rift/demo',
  );
  await routed.resumeRoutes({ owner, routes: [key('a.test')] });
  expect([...proxy.holds.keys()]).toEqual(['a.test:8443']);
});

test.each(['before', 'after'] as const)(
  'when a hold fails %s it took effect, none stays held',
  async (when) => {
    const { routed, proxy } = await startRouted();
    await routed.applyRoutes({ owner, routes: [l4('a.test', 1), l4('b.test', 2)] });
    proxy.failures.push({ call: 'hold', hostname: 'b.test', when, code: 'unavailable' });
    await expect(routed.holdRoutes({ owner, routes: [key('a.test'), key('b.test')], hold })).rejects.toThrow(
      'UNAVAILABLE',
    );
    expect(proxy.holds.size).toBe(0);
  },
);

test('a route that the proxy lost gets nothing to hold, and does not keep the others from being held', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1), l4('b.test', 2)] });
  proxy.routes.delete('a.test:8443');
  await routed.holdRoutes({ owner, routes: [key('a.test'), key('b.test')], hold });
  expect([...proxy.holds.keys()]).toEqual(['b.test:8443']);
});

test.each([
  ['none', undefined],
  ['0', { seconds: 0n, nanos: 0 }],
  ['more than ten minutes', { seconds: 600n, nanos: 1_000_000 }],
])('a hold of %s is refused', async (_, wrong) => {
  const { routed } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1)] });
  const request = { owner, routes: [key('a.test')], hold: wrong };
  await expect(routed.holdRoutes(request)).rejects.toThrow('INVALID_ARGUMENT: hold must be more than 0');
});

test('counts what is open to backends, those of no route included', async () => {
  const { routed, proxy } = await startRouted();
  proxy.open.set('127.0.0.1:1', { requests: 2, streams: 3 });
  expect(await routed.countConnections({ backends: ['127.0.0.1:1', '[::1]:2'] })).toEqual({
    backends: [
      { backend: '127.0.0.1:1', requests: 2, streams: 3 },
      { backend: '[::1]:2', requests: 0, streams: 0 },
    ],
  });
  await expect(routed.countConnections({ backends: ['nowhere'] })).rejects.toThrow('INVALID_ARGUMENT');
});

test('a proxy that is away is said to be', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1)] });
  await proxy.stop();
  await expect(routed.holdRoutes({ owner, routes: [key('a.test')], hold })).rejects.toThrow('UNAVAILABLE');
  await expect(routed.countConnections({ backends: ['127.0.0.1:1'] })).rejects.toThrow('UNAVAILABLE');
});
