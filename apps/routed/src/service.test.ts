import { RouteMode, RouteState, type Route } from '@mcp/proto/routed';
import { expect, test } from 'vitest';
import { l4, l7, startRouted } from './test-routed.ts';

const owner = 'rift/demo';

test('applies the full set of an owner, and nothing the second time', async () => {
  const { routed, proxy } = await startRouted();
  const routes = [l4('a.test', 1), l7('a.test', 2)];
  expect(await routed.applyRoutes({ owner, routes })).toEqual({ previous: [], changed: true });
  expect([...proxy.routes.keys()].sort()).toEqual(['a.test:443', 'a.test:8443']);
  proxy.calls.length = 0;
  const { previous, changed } = await routed.applyRoutes({ owner, routes });
  expect({ previous, changed }).toEqual({ previous: [l7('a.test', 2), l4('a.test', 1)], changed: false });
  expect(proxy.calls).toEqual([]);
});

test('the second call repairs what was changed in the proxy', async () => {
  const { routed, proxy } = await startRouted();
  const routes = [l4('a.test', 1)];
  await routed.applyRoutes({ owner, routes });
  proxy.routes.clear();
  expect((await routed.applyRoutes({ owner, routes })).changed).toBe(true);
  expect(proxy.routes.has('a.test:8443')).toBe(true);
});

test('removes the routes that are no longer named, after it added the new ones', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('old.test', 1)] });
  proxy.calls.length = 0;
  await routed.applyRoutes({ owner, routes: [l4('new.test', 2)] });
  expect(proxy.calls).toEqual(['add new.test', 'remove old.test']);
  expect([...proxy.routes.keys()]).toEqual(['new.test:8443']);
});

test('adds the routes of one call at the same time', async () => {
  const { routed, proxy } = await startRouted();
  proxy.delayMs = 200;
  const begun = performance.now();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1), l4('b.test', 2), l4('c.test', 3)] });
  expect(performance.now() - begun).toBeLessThan(390);
});

test('releases every route of an owner, and an unknown owner succeeds', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1)] });
  await routed.applyRoutes({ owner: 'rift/other', routes: [l4('b.test', 1)] });
  expect(await routed.releaseRoutes({ owner })).toEqual({ previous: [l4('a.test', 1)] });
  expect(await routed.releaseRoutes({ owner })).toEqual({ previous: [] });
  expect([...proxy.routes.keys()]).toEqual(['b.test:8443']);
});

test('a hostname and port of another owner is refused, naming the owner, before anything changes', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner: 'rift/first', routes: [l4('a.test', 1)] });
  const before = structuredClone(proxy.routes);
  const request = { owner, routes: [l4('b.test', 1), l4('A.test', 2)] };
  const message =
    'ALREADY_EXISTS: route a.test:8443 belongs to rift/first: choose another hostname, or undeploy that service';
  await expect(routed.applyRoutes(request)).rejects.toThrow(message);
  await expect(routed.checkRoutes(request)).rejects.toThrow(message);
  expect(proxy.routes).toEqual(before);
  expect((await routed.listRoutes({ owner })).routes).toEqual([]);
});

test('a route that somebody put into the proxy by hand is refused and not touched', async () => {
  const { routed, proxy } = await startRouted();
  proxy.routes.set('a.test:8443', { ...l4('a.test', 9), certificateFingerprint: '' });
  const request = { owner, routes: [l4('a.test', 1)] };
  const message =
    'ALREADY_EXISTS: route a.test:8443 is in mc-proxy already (l4 to 127.0.0.1:9) and belongs to no service';
  await expect(routed.checkRoutes(request)).rejects.toThrow(message);
  await expect(routed.applyRoutes(request)).rejects.toThrow(message);
  expect(proxy.calls).toEqual([]);
});

test('a route by hand that is just as wanted is taken over', async () => {
  const { routed, proxy } = await startRouted();
  proxy.routes.set('a.test:8443', { ...l4('a.test', 1), certificateFingerprint: '' });
  const request = { owner, routes: [l4('a.test', 1)] };
  await routed.checkRoutes(request);
  await routed.applyRoutes(request);
  expect(proxy.calls).toEqual([]);
  await routed.releaseRoutes({ owner });
  expect(proxy.routes.size).toBe(0);
});

test('a check accepts routes whose backends and certificates are not known yet', async () => {
  const { routed } = await startRouted();
  await routed.checkRoutes({
    owner,
    routes: [l7('a.test', 1, { backend: '', certificatePath: '', keyPath: '' })],
  });
});

test('lists what is wanted with what the proxy has, and what is nobody’s', async () => {
  const { routed, proxy } = await startRouted();
  await routed.applyRoutes({ owner, routes: [l4('a.test', 1), l4('b.test', 1), l4('c.test', 1)] });
  proxy.routes.delete('a.test:8443');
  proxy.routes.set('b.test:8443', { ...l4('b.test', 666), certificateFingerprint: '' });
  proxy.routes.set('aa.test:443', { ...l4('aa.test', 1, { port: 443 }), certificateFingerprint: '' });
  const states = async (of: string) =>
    (await routed.listRoutes({ owner: of })).routes.map(({ route, owner: by, state }) => [
      route?.hostname,
      by,
      state,
    ]);
  const own = [
    ['a.test', owner, RouteState.MISSING],
    ['b.test', owner, RouteState.DIFFERS],
    ['c.test', owner, RouteState.IN_STEP],
  ];
  expect(await states(owner)).toEqual(own);
  expect(await states('')).toEqual([own[0], ['aa.test', '', RouteState.FOREIGN], own[1], own[2]]);
  await proxy.stop();
  expect(await states('')).toEqual(own.map(([name, by]) => [name, by, RouteState.UNKNOWN]));
});

test.each<[Partial<Route>, string]>([
  [{ hostname: '*.test' }, 'route *.test:8443: hostname must be a DNS name, without wildcards'],
  [{ hostname: '10.0.0.1' }, 'route 10.0.0.1:8443: hostname must be a DNS name, without wildcards'],
  [{ port: 0 }, 'route a.test:0: port must be 1 to 65535'],
  [{ mode: RouteMode.UNSPECIFIED }, 'route a.test:8443: mode must be l4 or l7'],
  [{ backend: '' }, 'route a.test:8443: backend must be "<host>:<port>", not ""'],
  [{ backendTls: true }, 'route a.test:8443: backend_tls is for l7 only: an l4 backend does its own TLS'],
  [{ mode: RouteMode.L7 }, 'route a.test:8443: certificate_path must be an absolute path'],
])('says what is wrong with %j', async (wrong, message) => {
  const { routed } = await startRouted();
  const call = routed.applyRoutes({ owner, routes: [l4('a.test', 1, wrong)] });
  await expect(call).rejects.toThrow(`INVALID_ARGUMENT: ${message}`);
});

test('refuses a route that is named twice, and an owner that is none', async () => {
  const { routed } = await startRouted();
  const twice = routed.applyRoutes({ owner, routes: [l4('a.test', 1), l4('A.test', 2)] });
  await expect(twice).rejects.toThrow('route a.test:8443: hostname is named twice with this port');
  await expect(routed.releaseRoutes({ owner: 'demo' })).rejects.toThrow('INVALID_ARGUMENT: owner must be');
});
