import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTestCa } from './test-certificate.ts';
import { freePort } from '@mcp/testing/free-port';
import { l4Route, l7Route, startTestProxy, testListener } from './test-proxy.ts';
import {
  acceptWebSockets,
  get,
  getOverHttp2,
  handshake,
  http2Session,
  listen,
  openWebSocket,
  servedFingerprint,
  startBackend,
} from './test-traffic.ts';

async function setUp(options: Parameters<typeof startTestProxy>[0] = {}) {
  const proxy = await startTestProxy(options);
  return { ...proxy, port: proxy.portOf(), ca: await createTestCa(proxy.directory) };
}

function tlsFiles({ certificatePath, keyPath }: { certificatePath: string; keyPath: string }) {
  return { cert: readFileSync(certificatePath), key: readFileSync(keyPath) };
}

test('an l4 route relays to a backend that does its own TLS', async () => {
  const { admin, port, ca } = await setUp();
  const backend = await listen(
    createHttpsServer(tlsFiles(await ca.issue('own', 'raw.test')), (_request, response) =>
      response.end('raw'),
    ),
  );
  await admin.addRoute({ route: l4Route('RAW.test', backend) });
  expect(await get(port, 'raw.test', { ca: ca.root })).toMatchObject({ status: 200, body: 'raw' });
  expect(await get(port, 'Raw.Test', { ca: ca.root })).toMatchObject({ status: 200, body: 'raw' });
});

test('an l4 route reaches an IPv6 backend', async () => {
  const { admin, port, ca } = await setUp();
  const server = createHttpsServer(tlsFiles(await ca.issue('own', 'raw.test')), (_request, response) =>
    response.end('six'),
  );
  const backend = await listen(server, { host: '::1' });
  await admin.addRoute({ route: l4Route('raw.test', 0, { backend: `[::1]:${backend}` }) });
  expect((await get(port, 'raw.test', { ca: ca.root })).body).toBe('six');
});

test('an l7 route ends TLS with the given certificate, beside an l4 route on the same listener', async () => {
  const { admin, port, ca } = await setUp();
  const files = await ca.issue('web', 'web.test');
  const raw = createHttpsServer(tlsFiles(await ca.issue('own', 'raw.test')), (_request, response) =>
    response.end('raw'),
  );
  await admin.addRoute({ route: l4Route('raw.test', await listen(raw)) });
  const { route } = await admin.addRoute({ route: l7Route('web.test', await startBackend('web'), files) });
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('web');
  expect((await get(port, 'raw.test', { ca: ca.root })).body).toBe('raw');
  expect(await servedFingerprint(port, 'web.test', ca.root)).toBe(route?.certificateFingerprint);
  const socket = await handshake(port, 'web.test', { ca: ca.root });
  expect(socket.getProtocol()).toBe('TLSv1.3');
});

test('an l7 backend learns the client address and scheme, whatever the client claims', async () => {
  const { admin, port, ca } = await setUp();
  const backend = await startBackend((request, response) => response.end(JSON.stringify(request.headers)));
  await admin.addRoute({ route: l7Route('web.test', backend, await ca.issue('web', 'web.test')) });
  const claims = {
    'x-forwarded-for': '6.6.6.6',
    'x-real-ip': '6.6.6.6',
    'x-forwarded-proto': 'http',
    forwarded: 'for=6.6.6.6',
  };
  const headers: unknown = JSON.parse((await get(port, 'web.test', { ca: ca.root, headers: claims })).body);
  expect(headers).toMatchObject({
    host: 'web.test',
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '127.0.0.1',
    'x-forwarded-proto': 'https',
  });
  expect(headers).not.toHaveProperty('forwarded');
});

test('a request for a host that is no route of the listener is answered with 421', async () => {
  const { admin, port, ca } = await setUp();
  const files = await ca.issue('web', 'web.test');
  await admin.addRoute({ route: l7Route('web.test', await startBackend('web'), files) });
  await admin.addRoute({
    route: l7Route('other.test', await startBackend('other'), await ca.issue('other', 'other.test')),
  });
  const ask = (host: string) => get(port, 'web.test', { ca: ca.root, headers: { host } });
  expect((await ask('unknown.test')).status).toBe(421);
  expect((await ask('WEB.test:443')).body).toBe('web');
  expect((await ask('other.test')).body).toBe('other');
});

test('an unknown name, no name and no TLS are closed without a certificate', async () => {
  const listeners = [await testListener(443), await testListener(8443)];
  const { admin, port, portOf, ca } = await setUp({ listeners });
  const files = await ca.issue('web', 'web.test');
  await admin.addRoute({ route: l7Route('web.test', await startBackend('web'), files) });
  await admin.addRoute({
    route: l7Route('b.test', await startBackend('b'), await ca.issue('b', 'b.test'), { port: 8443 }),
  });
  await expect(handshake(port, 'unknown.test', { ca: ca.root })).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  await expect(handshake(port, '', { ca: ca.root })).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(handshake(portOf(8443), 'web.test', { ca: ca.root })).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  const plain = connectTcp(port, '127.0.0.1');
  plain.write('GET / HTTP/1.1\r\nHost: web.test\r\n\r\n');
  let received = '';
  plain.on('data', (chunk) => (received += String(chunk)));
  plain.on('error', () => plain.destroy());
  await once(plain, 'close');
  expect(received).toBe('');
});

test('a request to a backend that is down waits until it is back', async () => {
  const { admin, port, ca } = await setUp();
  const backend = await freePort();
  await admin.addRoute({ route: l7Route('web.test', backend, await ca.issue('web', 'web.test')) });
  const begun = performance.now();
  const answer = get(port, 'web.test', { ca: ca.root });
  await delay(1000);
  await startBackend('back', backend);
  expect((await answer).body).toBe('back');
  expect(performance.now() - begun).toBeLessThan(2500);
});

test('a request to a backend that stays down fails after the hold time', async () => {
  const { admin, port, ca } = await setUp({ holdMs: 600 });
  await admin.addRoute({ route: l7Route('web.test', await freePort(), await ca.issue('web', 'web.test')) });
  const begun = performance.now();
  expect((await get(port, 'web.test', { ca: ca.root })).status).toBe(503);
  expect(performance.now() - begun).toBeGreaterThan(500);
});

test('a changed backend takes new requests while one in flight ends on the old one', async () => {
  const { admin, port, ca } = await setUp();
  const files = await ca.issue('web', 'web.test');
  const old = await startBackend((_request, response) => {
    response.write('begun on old, ');
    setTimeout(() => response.end('ended on old'), 400);
  });
  await admin.addRoute({ route: l7Route('web.test', old, files) });
  const inFlight = get(port, 'web.test', { ca: ca.root });
  await delay(150);
  await admin.addRoute({ route: l7Route('web.test', await startBackend('new'), files) });
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('new');
  expect((await inFlight).body).toBe('begun on old, ended on old');
});

test('an established l4 connection outlives the removal of its route', async () => {
  const { admin, port, ca } = await setUp();
  const echo = createTlsServer(tlsFiles(await ca.issue('own', 'raw.test')), (socket) => socket.pipe(socket));
  await admin.addRoute({ route: l4Route('raw.test', await listen(echo)) });
  const socket = await handshake(port, 'raw.test', { ca: ca.root });
  expect(await admin.removeRoute({ port: 443, hostname: 'Raw.test' })).toEqual({ removed: true });
  socket.write('still here');
  const [echoed] = (await once(socket, 'data')) as [Buffer];
  expect(String(echoed)).toBe('still here');
  await expect(handshake(port, 'raw.test', { ca: ca.root })).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a WebSocket passes', async () => {
  const { admin, port, ca } = await setUp();
  const server = createHttpServer();
  acceptWebSockets(server, 'chat');
  await admin.addRoute({ route: l7Route('ws.test', await listen(server), await ca.issue('ws', 'ws.test')) });
  const { socket, greeting } = await openWebSocket(port, 'ws.test', ca.root);
  expect(greeting).toContain('101 Switching Protocols');
  socket.write('frame');
  const [frame] = (await once(socket, 'data')) as [Buffer];
  expect(String(frame)).toBe('frame');
});

test('HTTP/2 clients are served from an HTTP/1.1 backend', async () => {
  const { admin, port, ca } = await setUp();
  const backend = await startBackend((request, response) => response.end(`over ${request.httpVersion}`));
  await admin.addRoute({ route: l7Route('web.test', backend, await ca.issue('web', 'web.test')) });
  expect((await getOverHttp2(http2Session(port, 'web.test', ca.root))).body).toBe('over 1.1');
});

test('gRPC reaches its backend over HTTP/2, trailers included', async () => {
  const { admin, port, ca } = await setUp();
  const server = createHttp2Server();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end('message');
  });
  await admin.addRoute({
    route: l7Route('grpc.test', await listen(server), await ca.issue('g', 'grpc.test')),
  });
  const stream = http2Session(port, 'grpc.test', ca.root).request({
    ':method': 'POST',
    ':path': '/demo.v1.Demo/Call',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end();
  stream.resume();
  const [trailers] = (await once(stream, 'trailers')) as [Record<string, string>];
  expect(trailers['grpc-status']).toBe('0');
});

test('backend_tls encrypts to the backend again and names the host there', async () => {
  const { admin, port, ca } = await setUp();
  const files = await ca.issue('web', 'web.test');
  const server = createHttpsServer(tlsFiles(files), (request, response) => {
    const { servername } = request.socket as unknown as { servername: string };
    response.end(`encrypted for ${servername}`);
  });
  await admin.addRoute({ route: l7Route('web.test', await listen(server), files, { backendTls: true }) });
  expect((await get(port, 'web.test', { ca: ca.root })).body).toBe('encrypted for web.test');
});

test('a renewed certificate is served from the next handshake on, and reported', async () => {
  const { admin, port, ca } = await setUp();
  const backend = await startBackend('web');
  const files = await ca.issue('web', 'web.test');
  await admin.addRoute({ route: l7Route('web.test', backend, files) });
  const before = await servedFingerprint(port, 'web.test', ca.root);
  const open = await handshake(port, 'web.test', { ca: ca.root });
  await ca.issue('web', 'web.test');
  const { route } = await admin.addRoute({ route: l7Route('web.test', backend, files) });
  const after = await servedFingerprint(port, 'web.test', ca.root);
  expect(after).not.toBe(before);
  expect(route?.certificateFingerprint).toBe(after);
  const { listeners } = await admin.listRoutes({});
  expect(listeners[0]?.routes[0]?.certificateFingerprint).toBe(after);
  open.write('GET / HTTP/1.1\r\nHost: web.test\r\n\r\n');
  const [answer] = (await once(open, 'data')) as [Buffer];
  expect(String(answer)).toContain('200 OK');
});

test('a route moves between l4 and l7', async () => {
  const { admin, port, ca } = await setUp();
  const files = await ca.issue('web', 'web.test');
  const raw = await listen(createHttpsServer(tlsFiles(files), (_request, response) => response.end('raw')));
  const plain = await startBackend('ended');
  for (const [route, body] of [
    [l4Route('web.test', raw), 'raw'],
    [l7Route('web.test', plain, files), 'ended'],
    [l4Route('web.test', raw), 'raw'],
  ] as const) {
    await admin.addRoute({ route });
    expect((await get(port, 'web.test', { ca: ca.root })).body).toBe(body);
  }
});
