import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { describe, expect, test, vi } from 'vitest';
import { l4, l7, startRouted } from './test-routed.ts';

const owner = 'rift/demo';
const before = [l4('stay.test', 1), l4('gone.test', 2), l4('moved.test', 3)];
const after = [l4('stay.test', 1), l4('moved.test', 30), l4('new.test', 4)];

async function setUp() {
  const parts = await startRouted();
  await parts.routed.applyRoutes({ owner, routes: before });
  return parts;
}

describe.each(['before', 'after'] as const)('when a call fails %s it took effect', (when) => {
  test.each([
    ['add', 'new.test'],
    ['add', 'moved.test'],
    ['remove', 'gone.test'],
  ] as const)('%s %s: what was is back in store and proxy', async (call, hostname) => {
    const { routed, proxy, store } = await setUp();
    const [routes, desired] = [structuredClone(proxy.routes), store.list('')];
    // Only once: what puts things right is let through.
    proxy.failures = [{ call, hostname, when, code: 'failed_precondition', once: true }];
    await expect(routed.applyRoutes({ owner, routes: after })).rejects.toThrow(
      `FAILED_PRECONDITION: mc-proxy at ${proxy.address}: ${call} route ${hostname}:8443: the fake refuses ${hostname}`,
    );
    expect(proxy.failures).toEqual([]);
    expect(proxy.routes).toEqual(routes);
    expect(store.list('')).toEqual(desired);
    expect(store.removals()).toEqual([]);
  });
});

test('a proxy out of reach is unavailable, and the store is as before', async () => {
  const { routed, proxy, store } = await setUp();
  const desired = store.list('');
  await proxy.stop();
  for (const call of [
    routed.applyRoutes({ owner, routes: after }),
    routed.releaseRoutes({ owner }),
    routed.reconcile({}),
  ]) {
    await expect(call).rejects.toThrow(`UNAVAILABLE: mc-proxy at ${proxy.address}: list routes`);
  }
  expect(store.list('')).toEqual(desired);
  await routed.checkRoutes({ owner, routes: after });
});

test('a proxy that went away in the middle is put right when it is back', async () => {
  const { routed, proxy, store, repairs, startLoop } = await setUp();
  const routes = structuredClone(proxy.routes);
  startLoop();
  proxy.failures = ['add', 'remove'].flatMap((call) =>
    ['moved.test', 'gone.test', 'new.test'].map((hostname) => ({
      call: call as 'add' | 'remove',
      hostname,
      when: hostname === 'new.test' ? ('after' as const) : ('before' as const),
      code: 'unavailable' as const,
    })),
  );
  await expect(routed.applyRoutes({ owner, routes: after })).rejects.toThrow('UNAVAILABLE');
  expect(store.list('').map(({ route }) => route.hostname)).toEqual(['gone.test', 'moved.test', 'stay.test']);
  expect(repairs).toEqual(['asked']);
  proxy.failures = [];
  await vi.waitFor(() => expect(proxy.routes).toEqual(routes), 5000);
  await vi.waitFor(() => expect(store.removals()).toEqual([]));
});

test('reconcile puts in what is missing, puts right what differs, and leaves foreign routes', async () => {
  const { routed, proxy } = await setUp();
  proxy.routes.delete('stay.test:8443');
  proxy.routes.set('moved.test:8443', { ...l4('moved.test', 666), certificateFingerprint: '' });
  proxy.routes.set('foreign.test:8443', { ...l4('foreign.test', 9), certificateFingerprint: '' });
  const { repaired } = await routed.reconcile({});
  expect(repaired.map(({ hostname }) => hostname).sort()).toEqual(['moved.test', 'stay.test']);
  expect(proxy.routes.get('moved.test:8443')?.backend).toBe('127.0.0.1:3');
  expect(proxy.routes.has('foreign.test:8443')).toBe(true);
  expect((await routed.reconcile({})).repaired).toEqual([]);
});

test('reconcile takes out what a crash left in the proxy', async () => {
  const { routed, proxy, store } = await setUp();
  // The store after a crash between its commit and the call to the proxy.
  store.replace(owner, before.slice(1), [before[0]!]);
  expect((await routed.reconcile({})).repaired).toEqual([before[0]]);
  expect(proxy.routes.has('stay.test:8443')).toBe(false);
  expect(store.removals()).toEqual([]);
});

test('the loop repairs a proxy that lost its routes while it was away', async () => {
  const { proxy, startLoop } = await setUp();
  const routes = structuredClone(proxy.routes);
  await proxy.stop();
  proxy.routes.clear();
  startLoop();
  await proxy.start();
  await vi.waitFor(() => expect(proxy.routes).toEqual(routes), 8000);
}, 10_000);

function writeCertificate(directory: string): string {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=a.test', '-keyout', join(directory, 'a.key'), '-out', join(directory, 'a.pem')],
    ],
    { stdio: 'ignore' },
  );
  const { fingerprint256 } = new X509Certificate(readFileSync(join(directory, 'a.pem')));
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

test('a renewed certificate is loaded by the next pass, once', async () => {
  const { routed, proxy } = await startRouted();
  const directory = temporaryDirectory();
  const route = l7('a.test', 1, {
    certificatePath: join(directory, 'a.pem'),
    keyPath: join(directory, 'a.key'),
  });
  proxy.fingerprints.set(route.certificatePath, writeCertificate(directory));
  await routed.applyRoutes({ owner, routes: [route] });
  expect((await routed.reconcile({})).repaired).toEqual([]);
  proxy.fingerprints.set(route.certificatePath, writeCertificate(directory));
  expect((await routed.reconcile({})).repaired).toEqual([route]);
  expect((await routed.reconcile({})).repaired).toEqual([]);
  expect((await routed.applyRoutes({ owner, routes: [route] })).changed).toBe(false);
});

test('100 owners at once get their routes', async () => {
  const { routed, proxy } = await startRouted();
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      routed.applyRoutes({ owner: `rift/s${index}`, routes: [l4(`s${index}.test`, index + 1)] }),
    ),
  );
  expect(proxy.routes.size).toBe(100);
});
