import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ClientHttp2Session } from 'node:http2';
import { Agent, createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createTestCa } from './test-certificate.ts';
import { l4Route, l7Route, startTestProxy } from './test-proxy.ts';
import { get, getOverHttp2, http2Session } from './test-traffic.ts';

const UPDATES = 20;
const NAMES = ['web.test', 'grpc.test', 'raw.test'] as const;

interface Container {
  ports: number[];
  /** Until this is called every answer is a failure, as of a program that starts. */
  ready(): void;
  /** Ends it as SIGKILL does: every connection is cut. */
  kill(): Promise<void>;
}

/** One server for each of NAMES: HTTP/1.1, HTTP/2 without TLS, and TLS of its own. */
async function startContainer(tls: { cert: Buffer; key: Buffer }, ports = [0, 0, 0]): Promise<Container> {
  let isReady = false;
  const sockets = new Set<Socket>();
  const web = createHttpServer((_request, response) => {
    response.statusCode = isReady ? 200 : 503;
    setTimeout(() => response.end('web'), 8);
  });
  const grpc = createHttp2Server();
  grpc.on('stream', (stream) => {
    stream.on('error', () => stream.destroy());
    stream.respond({ ':status': isReady ? 200 : 503, 'content-type': 'application/grpc' });
    setTimeout(() => stream.end('grpc'), 8);
  });
  const raw = createHttpsServer(tls, (_request, response) => {
    response.statusCode = isReady ? 200 : 503;
    response.end('raw');
  });
  const servers: Server[] = [web, grpc, raw];
  for (const [index, server] of servers.entries()) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(ports[index], '127.0.0.1');
    await once(server, 'listening');
  }
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    ready: () => void (isReady = true),
    async kill() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** Clients that ask at a constant rate, whatever becomes of their requests, until `stop` says what became of them. */
function startClients(port: number, ca: string) {
  const agent = new Agent({ keepAlive: true });
  const session = http2Session(port, 'web.test', ca);
  const grpc = http2Session(port, 'grpc.test', ca);
  const outcomes = new Map<string, { asked: number; failures: string[]; longestMs: number }>();
  const asked: Promise<void>[] = [];
  const timers: NodeJS.Timeout[] = [];
  const every = (ms: number, what: string, ask: () => Promise<{ status: number | undefined }>) => {
    const outcome = { asked: 0, failures: [] as string[], longestMs: 0 };
    outcomes.set(what, outcome);
    const once = async () => {
      outcome.asked += 1;
      const begun = performance.now();
      const result = await ask().then(({ status }) => status, String);
      if (result !== 200) outcome.failures.push(String(result));
      outcome.longestMs = Math.max(outcome.longestMs, performance.now() - begun);
    };
    timers.push(setInterval(() => asked.push(once()), ms));
  };
  every(40, 'HTTP/1.1 GET', () => get(port, 'web.test', { ca, agent }));
  every(50, 'HTTP/1.1 POST', () => get(port, 'web.test', { ca, agent, method: 'POST', body: 'x' }));
  every(80, 'HTTP/1.1, each its connection', () => get(port, 'web.test', { ca }));
  every(30, 'HTTP/2 GET', () => getOverHttp2(session));
  every(50, 'HTTP/2 POST', () => getOverHttp2(session, { method: 'POST', body: 'x' }));
  every(50, 'gRPC', () => callGrpc(grpc));
  every(80, 'l4', () => get(port, 'raw.test', { ca }));
  const stop = async () => {
    for (const timer of timers.splice(0)) clearInterval(timer);
    await Promise.all(asked);
    agent.destroy();
    return outcomes;
  };
  onTestFinished(async () => void (await stop()));
  return { stop };
}

async function callGrpc(session: ClientHttp2Session): Promise<{ status: number }> {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/demo.v1.Demo/Call',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end('message');
  return await new Promise((resolve, reject) => {
    let status = 0;
    stream.on('response', (headers) => (status = Number(headers[':status'])));
    stream.on('error', reject);
    stream.on('end', () => resolve({ status }));
    stream.resume();
  });
}

async function setUp() {
  const { admin, directory, portOf } = await startTestProxy();
  const ca = await createTestCa(directory);
  const [web, grpc, raw] = await Promise.all(NAMES.map((name) => ca.issue(name, name)));
  const tls = { cert: readFileSync(raw!.certificatePath), key: readFileSync(raw!.keyPath) };
  const routeTo = async ({ ports }: Container) => {
    const routes = [l7Route('web.test', ports[0]!, web!), l7Route('grpc.test', ports[1]!, grpc!)];
    routes.push(l4Route('raw.test', ports[2]!));
    await Promise.all(routes.map((route) => admin.addRoute({ route })));
  };
  /** What an agent does before it stops a container. */
  const drained = async ({ ports }: Container) => {
    const backends = ports.map((port) => `127.0.0.1:${port}`);
    for (;;) {
      const { backends: counted } = await admin.countConnections({ backends });
      if (counted.every(({ requests, streams }) => requests + streams === 0)) return;
      await delay(5);
    }
  };
  const container = await startContainer(tls);
  container.ready();
  await routeTo(container);
  const clients = startClients(portOf(), ca.root);
  const start = async (ports?: number[]) => {
    const started = await startContainer(tls, ports);
    // It listens for a while before it is healthy.
    await delay(30);
    return started;
  };
  return { admin, container, routeTo, drained, start, clients };
}

/** Throws unless each client asked, and no request failed or took long. */
function expectNoFailure(outcomes: Awaited<ReturnType<ReturnType<typeof startClients>['stop']>>): void {
  for (const [what, { asked, failures, longestMs }] of outcomes) {
    expect({ what, failures }).toEqual({ what, failures: [] });
    expect(asked, what).toBeGreaterThan(UPDATES / 2);
    expect(longestMs, what).toBeLessThan(5000);
  }
}

test('no request fails while a container is replaced behind held routes', async () => {
  const { admin, container: first, drained, start, clients } = await setUp();
  let container = first;
  for (let update = 0; update < UPDATES; update++) {
    const hold = { seconds: 10n, nanos: 0 };
    await Promise.all(NAMES.map((hostname) => admin.holdRoute({ port: 443, hostname, hold })));
    await drained(container);
    await container.kill();
    container = await start(container.ports);
    container.ready();
    await Promise.all(NAMES.map((hostname) => admin.resumeRoute({ port: 443, hostname })));
    await delay(25);
  }
  expectNoFailure(await clients.stop());
  await container.kill();
}, 60_000);

test('no request fails while routes switch to another container and the old one is drained', async () => {
  const { container: first, routeTo, drained, start, clients } = await setUp();
  let container = first;
  for (let update = 0; update < UPDATES; update++) {
    const next = await start();
    next.ready();
    await routeTo(next);
    await drained(container);
    await container.kill();
    container = next;
    await delay(25);
  }
  expectNoFailure(await clients.stop());
  await container.kill();
}, 60_000);
