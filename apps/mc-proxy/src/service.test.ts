import { RouteMode, type Route } from '@mcp/proto/mc-proxy';
import { expect, test } from 'vitest';
import { createTestCa } from './test-certificate.ts';
import { l4Route, l7Route, startTestProxy, testListener } from './test-proxy.ts';
import { get, handshake, startBackend } from './test-traffic.ts';
import { once } from 'node:events';

test('lists listeners with their routes in order, and counts what is open', async () => {
  const listeners = [await testListener(8443), await testListener(443)];
  const { admin, portOf, directory } = await startTestProxy({ listeners });
  const ca = await createTestCa(directory);
  const backend = await startBackend('web');
  await admin.addRoute({ route: l7Route('b.test', backend, await ca.issue('b', 'b.test')) });
  await admin.addRoute({ route: l4Route('A.test', backend) });
  const open = await handshake(portOf(), 'b.test', { ca: ca.root });
  open.write('GET / HTTP/1.1\r\nHost: b.test\r\n\r\n');
  await once(open, 'data');
  const { listeners: listed } = await admin.listRoutes({});
  expect(
    listed.map(({ port, routes, activeConnections }) => [
      port,
      routes.map(({ hostname }) => hostname),
      activeConnections,
    ]),
  ).toEqual([
    [443, ['a.test', 'b.test'], 1],
    [8443, [], 0],
  ]);
  const status = await admin.getStatus({});
  expect(status.dataPlaneVersion).toMatch(/^\d+\.\d+/);
  expect(status.dataPlaneStartedAt!.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(status.listeners).toEqual([
    { port: 443, address: `127.0.0.1:${portOf(443)}`, routeCount: 2, activeConnections: 1 },
    { port: 8443, address: `127.0.0.1:${portOf(8443)}`, routeCount: 0, activeConnections: 0 },
  ]);
});

test('removing a route that is not there says so', async () => {
  const { admin } = await startTestProxy();
  expect(await admin.removeRoute({ port: 443, hostname: 'none.test' })).toEqual({ removed: false });
});

test('adding the same route twice changes nothing', async () => {
  const { admin } = await startTestProxy();
  const first = await admin.addRoute({ route: l4Route('a.test', 9000) });
  expect(await admin.addRoute({ route: l4Route('a.test', 9000) })).toEqual(first);
  expect((await admin.listRoutes({})).listeners[0]?.routes).toEqual([first.route]);
});

test.each<[Partial<Route>, string]>([
  [
    { hostname: '*.a.test' },
    'INVALID_ARGUMENT: route.hostname must be one exact name, not the wildcard "*.a.test"',
  ],
  [{ hostname: '10.0.0.1' }, 'INVALID_ARGUMENT: route.hostname must be a name, not the address "10.0.0.1"'],
  [{ hostname: '[::1]' }, 'INVALID_ARGUMENT: route.hostname must be a name, not the address "[::1]"'],
  [{ hostname: 'a..test' }, 'INVALID_ARGUMENT: route.hostname must be a DNS name, not "a..test"'],
  [{ hostname: '' }, 'INVALID_ARGUMENT: route.hostname must be a DNS name, not ""'],
  [
    { backend: 'db.test:80' },
    'INVALID_ARGUMENT: route.backend must be "<ip>:<port>", "[<ipv6>]:<port>" or "localhost:<port>", not "db.test:80"',
  ],
  [{ backend: '10.0.0.1:0' }, 'INVALID_ARGUMENT: route.backend must be'],
  [{ backend: 'unix:/run/x.sock' }, 'INVALID_ARGUMENT: route.backend must be'],
  [{ mode: RouteMode.UNSPECIFIED }, 'INVALID_ARGUMENT: route.mode must be l4 or l7'],
  [{ backendTls: true }, 'INVALID_ARGUMENT: route.backend_tls is for l7 only'],
  [
    { mode: RouteMode.L7, certificatePath: 'web.pem' },
    'INVALID_ARGUMENT: route.certificate_path must be an absolute path for an l7 route, not "web.pem"',
  ],
  [
    { mode: RouteMode.L7, certificatePath: '/none/web.pem', keyPath: '/none/web.key' },
    'FAILED_PRECONDITION: certificate /none/web.pem is not there',
  ],
  [{ port: 9443 }, 'NOT_FOUND: no listener 9443: this proxy has 443; add [[listeners]]'],
])('refuses a route with %j', async (wrong, message) => {
  const { admin } = await startTestProxy();
  await expect(admin.addRoute({ route: l4Route('a.test', 9000, wrong) })).rejects.toThrow(message);
  expect((await admin.listRoutes({})).listeners[0]?.routes).toEqual([]);
});

test('when HAProxy refuses a route the previous one is back, stored and served', async () => {
  const { admin, portOf, directory } = await startTestProxy();
  const ca = await createTestCa(directory);
  const backend = await startBackend('web');
  await admin.addRoute({ route: l7Route('web.test', backend, await ca.issue('web', 'web.test')) });
  const before = await admin.listRoutes({});
  // OpenSSL's security level refuses such a short key; nothing that mc-proxy checks does.
  const weak = await ca.issue('weak', 'web.test', { rsaBits: 1024 });
  await expect(admin.addRoute({ route: l7Route('web.test', backend, weak) })).rejects.toThrow(
    /FAILED_PRECONDITION: HAProxy refuses "commit ssl cert .*web\.test\.pem": .*unable to load SSL certificate/,
  );
  expect(await admin.listRoutes({})).toEqual(before);
  expect((await get(portOf(), 'web.test', { ca: ca.root })).body).toBe('web');
  const other = await ca.issue('other', 'other.test');
  await admin.addRoute({ route: l7Route('other.test', backend, other) });
  expect((await get(portOf(), 'other.test', { ca: ca.root })).body).toBe('web');
});

test('many routes added at once are all served', async () => {
  const { admin, portOf, directory } = await startTestProxy();
  const ca = await createTestCa(directory);
  const names = Array.from({ length: 20 }, (_, index) => `s${index}.test`);
  await Promise.all(
    names.map(async (name) => {
      const backend = await startBackend(name);
      await admin.addRoute({ route: l7Route(name, backend, await ca.issue(name, name)) });
    }),
  );
  const answers = await Promise.all(names.map((name) => get(portOf(), name, { ca: ca.root })));
  expect(answers.map(({ body }) => body)).toEqual(names);
});
