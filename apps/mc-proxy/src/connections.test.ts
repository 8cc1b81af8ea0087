import { once } from 'node:events';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTestCa } from './test-certificate.ts';
import { l4Route, l7Route, startTestProxy } from './test-proxy.ts';
import {
  acceptWebSockets,
  get,
  getOverHttp2,
  handshake,
  http2Session,
  listen,
  openWebSocket,
} from './test-traffic.ts';

/** A proxy with web.test (l7), whose backend answers when `finish` is called, and raw.test (l4), which echoes. */
async function setUp() {
  const proxy = await startTestProxy();
  const ca = await createTestCa(proxy.directory);
  const [webFiles, rawFiles] = [await ca.issue('web', 'web.test'), await ca.issue('raw', 'raw.test')];
  const begun: ServerResponse[] = [];
  const server = createHttpServer((_request, response) => void begun.push(response));
  acceptWebSockets(server, 'web');
  const echo = createTlsServer(
    { cert: readFileSync(rawFiles.certificatePath), key: readFileSync(rawFiles.keyPath) },
    (socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    },
  );
  const web = `127.0.0.1:${await listen(server)}`;
  const raw = `127.0.0.1:${await listen(echo)}`;
  await proxy.admin.addRoute({ route: l7Route('web.test', 0, webFiles, { backend: web }) });
  await proxy.admin.addRoute({ route: l4Route('raw.test', 0, { backend: raw }) });
  const count = async (...backends: string[]) =>
    (await proxy.admin.countConnections({ backends })).backends.map(
      ({ backend, requests, streams }) => `${backend}: ${requests}+${streams}`,
    );
  /** Waits until so many requests are at the backend. */
  const atBackend = (number: number) => vi.waitFor(() => expect(begun.length).toBe(number));
  const finish = () => {
    for (const response of begun.splice(0)) response.end('done');
  };
  return { ...proxy, port: proxy.portOf(), ca: ca.root, webFiles, web, raw, count, atBackend, finish };
}

test('counts requests of HTTP/1.1 and HTTP/2 until their answers are complete', async () => {
  const { port, ca, web, count, atBackend, finish } = await setUp();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const session = http2Session(port, 'web.test', ca);
  const answers = [
    get(port, 'web.test', { ca, agent }),
    get(port, 'web.test', { ca, agent, method: 'POST', body: 'x' }),
    ...Array.from({ length: 5 }, () => getOverHttp2(session)),
  ];
  await atBackend(7);
  expect(await count(web)).toEqual([`${web}: 7+0`]);
  finish();
  await Promise.all(answers);
  // The connections of the clients, and of HAProxy to the backend, are open still.
  await vi.waitFor(async () => expect(await count(web)).toEqual([`${web}: 0+0`]));
});

test('a client that leaves takes its request along', async () => {
  const { port, ca, web, count, atBackend } = await setUp();
  const left = new AbortController();
  const answer = get(port, 'web.test', { ca, signal: left.signal }).catch(() => 'left');
  await atBackend(1);
  left.abort();
  await answer;
  await vi.waitFor(async () => expect(await count(web)).toEqual([`${web}: 0+0`]));
});

test('WebSockets and l4 connections are streams, for as long as they are open', async () => {
  const { port, ca, web, raw, count } = await setUp();
  const { socket } = await openWebSocket(port, 'web.test', ca);
  const session = http2Session(port, 'web.test', ca);
  await once(session, 'remoteSettings');
  // RFC 8441: a WebSocket as a stream of an HTTP/2 connection.
  const overHttp2 = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':path': '/',
    ':authority': 'web.test',
    'sec-websocket-version': '13',
  });
  expect((await once(overHttp2, 'response'))[0]).toMatchObject({ ':status': 200 });
  const relayed = await handshake(port, 'raw.test', { ca });
  expect(await count(web, raw)).toEqual([`${web}: 0+2`, `${raw}: 0+1`]);
  // A table forgets in a second what nobody has open.
  await delay(1300);
  expect(await count(web, raw)).toEqual([`${web}: 0+2`, `${raw}: 0+1`]);
  for (const each of [socket, overHttp2, relayed]) each.destroy();
  await vi.waitFor(async () => expect(await count(web, raw)).toEqual([`${web}: 0+0`, `${raw}: 0+0`]));
});

test('counts to a backend that no route names any more, and nothing that is held', async () => {
  const { admin, port, ca, webFiles, web, count, atBackend, finish } = await setUp();
  const answer = get(port, 'web.test', { ca });
  await atBackend(1);
  const next = `localhost:${await listen(createHttpServer((_request, response) => response.end('next')))}`;
  await admin.holdRoute({ port: 443, hostname: 'web.test', hold: { seconds: 10n, nanos: 0 } });
  const held = get(port, 'web.test', { ca });
  await admin.addRoute({ route: l7Route('web.test', 0, webFiles, { backend: next }) });
  await delay(100);
  expect(await count(web, next)).toEqual([`${web}: 1+0`, `${next}: 0+0`]);
  await admin.resumeRoute({ port: 443, hostname: 'web.test' });
  expect((await held).body).toBe('next');
  finish();
  await answer;
  await vi.waitFor(async () => expect(await count(web, next)).toEqual([`${web}: 0+0`, `${next}: 0+0`]));
});

test('what still tries to reach a backend that is down is open to it', async () => {
  const { admin, port, ca, webFiles, count } = await setUp();
  const server = createTcpServer();
  const port6 = await listen(server, { host: '::1' });
  server.close();
  const backend = `[::1]:${port6}`;
  await admin.addRoute({ route: l7Route('web.test', 0, webFiles, { backend }) });
  const answer = get(port, 'web.test', { ca });
  await vi.waitFor(async () => expect(await count(backend)).toEqual([`${backend}: 1+0`]));
  await listen(
    createHttpServer((_request, response) => response.end('up')),
    { port: port6, host: '::1' },
  );
  expect((await answer).body).toBe('up');
});

test('says what is no backend, and when there is nobody to ask', async () => {
  const { admin, runtime } = await startTestProxy();
  await expect(admin.countConnections({ backends: ['127.0.0.1:1', 'db.test:80'] })).rejects.toThrow(
    'INVALID_ARGUMENT: backends must be "<ip>:<port>", "[<ipv6>]:<port>" or "localhost:<port>", not "db.test:80"',
  );
  expect(await admin.countConnections({ backends: [] })).toEqual({ backends: [] });
  process.kill((await runtime.info()).pid, 'SIGKILL');
  await expect(admin.countConnections({ backends: ['127.0.0.1:1'] })).rejects.toThrow('UNAVAILABLE: HAProxy');
});
