import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createTestCa } from './test-certificate.ts';
import { l7Route, startTestProxy } from './test-proxy.ts';
import { get, getOverHttp2, http2Session, listen } from './test-traffic.ts';

/** A proxy whose web.test leads to a backend that does `onRequest` with every request, and counts connections. */
async function setUp(
  onRequest: (socket: Socket, number: number) => void,
  { backendTls = false }: { backendTls?: boolean } = {},
) {
  const { admin, directory, portOf } = await startTestProxy();
  const ca = await createTestCa(directory);
  const files = await ca.issue('web', 'web.test');
  const seen = { connections: 0, requests: 0 };
  const serve = (socket: Socket) => {
    seen.connections += 1;
    socket.on('error', () => socket.destroy());
    socket.on('data', () => onRequest(socket, (seen.requests += 1)));
  };
  const server: Server = backendTls
    ? createTlsServer({ cert: readFileSync(files.certificatePath), key: readFileSync(files.keyPath) }, serve)
    : createTcpServer(serve);
  await admin.addRoute({ route: l7Route('web.test', await listen(server), files, { backendTls }) });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return { port: portOf(), ca: ca.root, seen, agent };
}

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test.each([false, true])(
  'a backend that closes idle connections when it likes costs no request (backend_tls: %s)',
  async (backendTls) => {
    const timers = new Map<Socket, NodeJS.Timeout>();
    const { port, ca, agent } = await setUp(
      (socket, number) => {
        clearTimeout(timers.get(socket));
        socket.write(ANSWER);
        // Just when the next request may come, and without a word before.
        timers.set(
          socket,
          setTimeout(() => socket.destroy(), (number * 7) % 9),
        );
      },
      { backendTls },
    );
    const session = http2Session(port, 'web.test', ca);
    const ends = performance.now() + 900;
    const outcomes: unknown[] = [];
    const ask = async (asked: () => Promise<{ status: number | undefined }>) => {
      for (let round = 0; performance.now() < ends; round++) {
        outcomes.push(await asked().then(({ status }) => status, String));
        await delay((round * 5) % 8);
      }
    };
    await Promise.all([
      ask(() => get(port, 'web.test', { ca, agent })),
      ask(() => get(port, 'web.test', { ca, agent, method: 'POST', body: 'x' })),
      ask(() => getOverHttp2(session)),
      ask(() => getOverHttp2(session)),
      ask(() => getOverHttp2(session, { method: 'POST', body: 'x' })),
    ]);
    expect(outcomes.filter((outcome) => outcome !== 200)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(50);
  },
);

test('requests that are safe share connections to the backend, others have their own', async () => {
  const { port, ca, agent, seen } = await setUp((socket) => socket.write(ANSWER));
  for (let round = 0; round < 10; round++) await get(port, 'web.test', { ca, agent });
  expect(seen.connections).toBe(1);
  for (let round = 0; round < 10; round++) await get(port, 'web.test', { ca, agent, method: 'POST' });
  expect(seen).toEqual({ connections: 11, requests: 20 });
});

test('a request that its backend dies of is sent at most twice, and once when it is not safe', async () => {
  const { port, ca, seen } = await setUp((socket) => socket.destroy());
  expect((await get(port, 'web.test', { ca })).status).toBe(502);
  expect(seen.requests).toBe(2);
  expect((await get(port, 'web.test', { ca, method: 'PUT', body: 'x' })).status).toBe(502);
  expect(seen.requests).toBe(3);
});
