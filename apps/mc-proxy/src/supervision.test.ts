import { readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { durationOf } from '@mcp/daemon/duration';
import { expect, test, vi } from 'vitest';
import { createTestCa } from './test-certificate.ts';
import { l4Route, l7Route, startTestProxy, testListener } from './test-proxy.ts';
import { get, handshake, servedFingerprint, startBackend } from './test-traffic.ts';

async function setUp() {
  const listeners = [await testListener()];
  const proxy = await startTestProxy({ listeners });
  const ca = await createTestCa(proxy.directory);
  const backend = await startBackend('web');
  const files = await ca.issue('web', 'web.test');
  await proxy.admin.addRoute({ route: l7Route('web.test', backend, files) });
  const restart = async () => {
    await proxy.leave();
    return await startTestProxy({ directory: proxy.directory, listeners });
  };
  return { ...proxy, port: proxy.portOf(), ca, backend, files, restart };
}

test('a HAProxy that was killed serves its routes again within a second', async () => {
  const { runtime, port, ca } = await setUp();
  const { pid } = await runtime.info();
  await delay(1000);
  process.kill(pid, 'SIGKILL');
  await delay(900);
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('web');
  expect((await runtime.info()).pid).not.toBe(pid);
});

test('a route added while HAProxy is dead is answered when it is served', async () => {
  const { admin, runtime, port, ca, backend } = await setUp();
  const other = await ca.issue('other', 'other.test');
  process.kill((await runtime.info()).pid, 'SIGKILL');
  await admin.addRoute({ route: l7Route('other.test', backend, other) });
  expect((await get(port, 'other.test', { ca: ca.root })).body).toBe('web');
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('web');
});

test('mc-proxy adopts the HAProxy it finds, with open connections and routes', async () => {
  const { runtime, port, ca, restart } = await setUp();
  const { pid } = await runtime.info();
  const open = await handshake(port, 'web.test', { ca: ca.root });
  const { admin } = await restart();
  expect((await runtime.info()).pid).toBe(pid);
  expect(open.destroyed).toBe(false);
  expect((await admin.listRoutes({})).listeners[0]?.routes.map(({ hostname }) => hostname)).toEqual([
    'web.test',
  ]);
  await admin.addRoute({ route: l4Route('raw.test', 9) });
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('web');
});

test('an adopted HAProxy is made to serve what is stored', async () => {
  const { runtime, layout, port, ca, restart } = await setUp();
  await runtime.ask(`del map ${layout.l7Map(443)} web.test`);
  await runtime.ask(`add map ${layout.l4Map(443)} stray.test 127.0.0.1/9`);
  await runtime.ask(`new ssl cert ${layout.certificate(443, 'stray.test')}`);
  await restart();
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('web');
  expect(await runtime.ask(`show map ${layout.l4Map(443)}`)).toBe('');
  expect(await runtime.ask('show ssl cert')).not.toContain('stray');
});

const WEB = { port: 443, hostname: 'web.test' };
const seconds = (value: number) => durationOf(value * 1000);

test('an adopted HAProxy holds on to the end of a hold; one that is past, or holds no route, is ended', async () => {
  const { admin, runtime, layout, port, ca, leave, restart } = await setUp();
  await admin.addRoute({ route: l4Route('past.test', 9) });
  await admin.holdRoute({ ...WEB, hold: seconds(20) });
  await admin.holdRoute({ port: 443, hostname: 'past.test', hold: seconds(0.05) });
  await leave();
  await runtime.ask(`add map ${layout.holdsMap(443)} none.test ${Date.now() + 20_000}`);
  const answer = get(port, 'web.test', { ca: ca.root });
  await delay(100);
  const next = await restart();
  expect(await runtime.ask(`show map ${layout.holdsMap(443)}`)).toMatch(/^\S+ web\.test \d+$/);
  expect(await Promise.race([answer, delay(100, 'waits')])).toBe('waits');
  expect(await next.admin.resumeRoute(WEB)).toEqual({ resumed: true });
  expect((await answer).body).toBe('web');
  await restart();
  expect(await runtime.ask(`show map ${layout.holdsMap(443)}`)).toBe('');
});

test('a hold ends with the HAProxy that held', async () => {
  const { admin, runtime, port, ca } = await setUp();
  const { pid } = await runtime.info();
  await admin.holdRoute({ ...WEB, hold: seconds(20) });
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect((await runtime.info()).pid).not.toBe(pid), 3000);
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('web');
  expect(await admin.resumeRoute(WEB)).toEqual({ resumed: false });
});

test('a hold asked for while HAProxy is dead is answered when the next one holds', async () => {
  const { admin, runtime, port, ca } = await setUp();
  process.kill((await runtime.info()).pid, 'SIGKILL');
  await admin.holdRoute({ ...WEB, hold: seconds(20) });
  const answer = get(port, 'web.test', { ca: ca.root });
  expect(await Promise.race([answer, delay(100, 'waits')])).toBe('waits');
  await admin.resumeRoute(WEB);
  expect((await answer).body).toBe('web');
});

test('a HAProxy that is replaced lets go what waits in it, and the next one holds on', async () => {
  const { admin, port, ca, directory, leave } = await setUp();
  await admin.holdRoute({ ...WEB, hold: seconds(20) });
  const before = get(port, 'web.test', { ca: ca.root });
  await delay(100);
  await leave();
  const next = await startTestProxy({
    directory,
    listeners: [{ port: 443, address: `127.0.0.1:${port}`, routes: [] }, await testListener(8443)],
  });
  expect((await before).body).toBe('web');
  const after = get(port, 'web.test', { ca: ca.root });
  expect(await Promise.race([after, delay(150, 'waits')])).toBe('waits');
  expect(await next.admin.resumeRoute(WEB)).toEqual({ resumed: true });
  expect((await after).body).toBe('web');
});

test('a changed listener replaces HAProxy, which keeps the connections it has', async () => {
  const { runtime, port, ca, directory, leave } = await setUp();
  const { pid } = await runtime.info();
  const open = await handshake(port, 'web.test', { ca: ca.root });
  await leave();
  const second = await testListener(8443);
  await startTestProxy({
    directory,
    listeners: [{ port: 443, address: `127.0.0.1:${port}`, routes: [] }, second],
  });
  expect((await runtime.info()).pid).not.toBe(pid);
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('web');
  open.write('GET / HTTP/1.1\r\nHost: web.test\r\nConnection: close\r\n\r\n');
  const answer = await new Promise<string>((resolve) => open.once('data', (chunk) => resolve(String(chunk))));
  expect(answer).toContain('200 OK');
});

test('a route whose certificate file is gone is served from the copy after a restart', async () => {
  const { runtime, port, ca, files, restart } = await setUp();
  const fingerprint = await servedFingerprint(port, 'web.test', ca.root);
  rmSync(files.certificatePath);
  rmSync(files.keyPath);
  process.kill((await runtime.info()).pid, 'SIGKILL');
  const { admin } = await restart();
  expect(await servedFingerprint(port, 'web.test', ca.root)).toBe(fingerprint);
  expect((await admin.listRoutes({})).listeners[0]?.routes[0]?.certificateFingerprint).toBe(fingerprint);
});

test('a route without copy and without files is kept but does not stop the others', async () => {
  const { admin, layout, port, ca, backend, files, restart } = await setUp();
  const other = await ca.issue('other', 'other.test');
  await admin.addRoute({ route: l7Route('other.test', backend, other) });
  rmSync(files.certificatePath);
  rmSync(layout.certificate(443, 'web.test'));
  await restart();
  expect((await get(port, 'other.test', { ca: ca.root })).body).toBe('web');
  await expect(handshake(port, 'web.test', { ca: ca.root })).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('the copies of keys are private and go with their route', async () => {
  const { admin, layout } = await setUp();
  const copy = layout.certificate(443, 'web.test');
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(statSync(layout.directory).mode & 0o777).toBe(0o700);
  await admin.removeRoute({ port: 443, hostname: 'web.test' });
  expect(() => readFileSync(copy)).toThrow('ENOENT');
});

test('the configuration seeds a new database only', async () => {
  const listener = await testListener();
  const routes = [
    {
      hostname: 'Seed.test',
      mode: 'l4',
      backend: '127.0.0.1:9',
      backend_tls: false,
      certificate: '',
      key: '',
    },
  ] as const;
  const listeners = [{ ...listener, routes: [...routes] }];
  const first = await startTestProxy({ listeners });
  const names = async ({ admin }: typeof first) =>
    (await admin.listRoutes({})).listeners[0]?.routes.map(({ hostname }) => hostname);
  expect(await names(first)).toEqual(['seed.test']);
  await first.admin.removeRoute({ port: 443, hostname: 'seed.test' });
  await first.leave();
  expect(await names(await startTestProxy({ directory: first.directory, listeners }))).toEqual([]);
});

test('a seed that AddRoute would refuse stops the first start', async () => {
  const listener = await testListener();
  const route = {
    hostname: 'web.test',
    mode: 'l7' as const,
    backend: '127.0.0.1:9',
    backend_tls: false,
    certificate: '/none/web.pem',
    key: '/none/web.key',
  };
  await expect(startTestProxy({ listeners: [{ ...listener, routes: [route] }] })).rejects.toThrow(
    'listeners: port 443: route web.test: certificate /none/web.pem is not there',
  );
});
