import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { constants } from 'node:http2';
import { Agent, createServer as createHttpsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { durationOf } from '@mcp/daemon/duration';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTestCa } from './test-certificate.ts';
import { l4Route, l7Route, startTestProxy } from './test-proxy.ts';
import {
  acceptWebSockets,
  get,
  getOverHttp2,
  http2Session,
  listen,
  openWebSocket,
  startBackend,
} from './test-traffic.ts';

const WEB = { port: 443, hostname: 'web.test' };
const RAW = { port: 443, hostname: 'raw.test' };

/** A proxy with web.test (l7) and raw.test (l4), both served by `old`; requests seen there are in `hits`. */
async function setUp() {
  const proxy = await startTestProxy();
  const { admin } = proxy;
  const ca = await createTestCa(proxy.directory);
  const [web, raw] = [await ca.issue('web', 'web.test'), await ca.issue('raw', 'raw.test')];
  const hits: string[] = [];
  const startPair = async (name: string) => {
    const plain = createHttpServer((request, response) => {
      hits.push(`${name} ${request.method} ${request.url}`);
      setTimeout(() => response.end(name), request.url === '/slow' ? 300 : 0);
    });
    acceptWebSockets(plain, name);
    const files = { cert: readFileSync(raw.certificatePath), key: readFileSync(raw.keyPath) };
    const own = createHttpsServer(files, (_request, response) => response.end(name));
    own.on('connection', () => hits.push(`${name} l4`));
    return {
      web: l7Route('web.test', await listen(plain), web),
      raw: l4Route('raw.test', await listen(own)),
    };
  };
  const routeTo = async (pair: Awaited<ReturnType<typeof startPair>>) => {
    await Promise.all([admin.addRoute({ route: pair.web }), admin.addRoute({ route: pair.raw })]);
  };
  await routeTo(await startPair('old'));
  return { ...proxy, port: proxy.portOf(), ca: ca.root, files: raw, hits, startPair, routeTo };
}

const seconds = (value: number) => durationOf(value * 1000);

/** Each answers with the name of the backend it reached. */
const clients: { what: string; key: typeof WEB; ask: (port: number, ca: string) => Promise<string> }[] = [
  { what: 'HTTP/1.1', key: WEB, ask: async (port, ca) => (await get(port, 'web.test', { ca })).body },
  {
    what: 'upload',
    key: WEB,
    ask: async (port, ca) => (await get(port, 'web.test', { ca, method: 'POST', body: 'x' })).body,
  },
  {
    what: 'HTTP/2',
    key: WEB,
    ask: async (port, ca) => (await getOverHttp2(http2Session(port, 'web.test', ca))).body,
  },
  {
    what: 'WebSocket',
    key: WEB,
    ask: async (port, ca) => (await openWebSocket(port, 'web.test', ca)).greeting.slice(-3),
  },
  { what: 'l4', key: RAW, ask: async (port, ca) => (await get(port, 'raw.test', { ca })).body },
];

/** Asks as every client at once. */
function askAsAll(port: number, ca: string) {
  const asked = clients.map(async ({ what, ask }) => [what, await ask(port, ca)] as const);
  return Promise.all(asked).then((answers) => Object.fromEntries(answers));
}

const allSay = (body: string) => Object.fromEntries(clients.map(({ what }) => [what, body]));

test('what is held waits, and goes to where its route leads when it is resumed', async () => {
  const { admin, port, ca, hits, startPair, routeTo } = await setUp();
  await Promise.all([WEB, RAW].map((key) => admin.holdRoute({ ...key, hold: seconds(10) })));
  const answers = askAsAll(port, ca);
  const next = await startPair('new');
  expect(await Promise.race([answers, delay(200, 'waits')])).toBe('waits');
  await routeTo(next);
  expect(await Promise.race([answers, delay(50, 'waits')])).toBe('waits');
  expect(hits).toEqual([]);
  for (const key of [WEB, RAW]) expect(await admin.resumeRoute(key)).toEqual({ resumed: true });
  expect(await answers).toEqual(allSay('new'));
});

test('a resume is noticed within milliseconds', async () => {
  const { admin, port, ca } = await setUp();
  for (const { what, key, ask } of clients) {
    const delaysMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      await admin.holdRoute({ ...key, hold: seconds(10) });
      const answer = ask(port, ca);
      await delay(25);
      await admin.resumeRoute(key);
      const resumed = performance.now();
      await answer;
      delaysMs.push(performance.now() - resumed);
    }
    // Not the slowest: those are the machine's, which runs other tests, and a TLS handshake is in l4's.
    expect(delaysMs.sort((a, b) => a - b)[1], what).toBeLessThan(30);
  }
});

test('a hold ends by itself', async () => {
  const { admin, port, ca } = await setUp();
  const begun = performance.now();
  await Promise.all([WEB, RAW].map((key) => admin.holdRoute({ ...key, hold: seconds(0.4) })));
  const delaysMs = await Promise.all(
    ['web.test', 'raw.test'].map(async (name) => {
      expect((await get(port, name, { ca })).body).toBe('old');
      return performance.now() - begun;
    }),
  );
  expect(Math.min(...delaysMs)).toBeGreaterThan(395);
  expect((await get(port, 'web.test', { ca })).body).toBe('old');
  expect(await admin.resumeRoute(WEB)).toEqual({ resumed: false });
});

test('holding what is held gives it a new end', async () => {
  const { admin, port, ca } = await setUp();
  const begun = performance.now();
  await admin.holdRoute({ ...WEB, hold: seconds(600) });
  const answer = get(port, 'web.test', { ca });
  await admin.holdRoute({ ...WEB, hold: seconds(0.2) });
  await admin.holdRoute({ ...WEB, hold: seconds(0.6) });
  await answer;
  expect(performance.now() - begun).toBeGreaterThan(595);
});

test('what is open goes on while new requests wait, and other routes are not held', async () => {
  const { admin, port, ca } = await setUp();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const { socket } = await openWebSocket(port, 'web.test', ca);
  const slow = get(port, 'web.test', { ca, agent, path: '/slow' });
  await delay(100);
  await admin.holdRoute({ ...WEB, hold: seconds(10) });
  const next = get(port, 'web.test', { ca, agent });
  expect((await slow).body).toBe('old');
  expect((await get(port, 'raw.test', { ca })).body).toBe('old');
  socket.write('still here');
  expect(String((await once(socket, 'data'))[0])).toBe('still here');
  expect(await Promise.race([next, delay(100, 'waits')])).toBe('waits');
  await admin.resumeRoute(WEB);
  expect((await next).body).toBe('old');
});

test('nobody misses a resume, though it comes late and the machine stands still now and then', async () => {
  const { admin, runtime, port, ca } = await setUp();
  const { pid } = await runtime.info();
  await Promise.all([WEB, RAW].map((key) => admin.holdRoute({ ...key, hold: seconds(20) })));
  const answers = Promise.all([askAsAll(port, ca), askAsAll(port, ca), askAsAll(port, ca)]);
  // Longer than the 5 s that a slow TLS hello has.
  const late = delay(5150);
  for (let round = 0; round < 100; round++) {
    await delay(3 + (round % 10));
    process.kill(pid, 'SIGSTOP');
    await delay(10);
    process.kill(pid, 'SIGCONT');
  }
  await late;
  await Promise.all([WEB, RAW].map((key) => admin.resumeRoute(key)));
  const resumed = performance.now();
  expect(await answers).toEqual([allSay('old'), allSay('old'), allSay('old')]);
  expect(performance.now() - resumed).toBeLessThan(2000);
});

test('what waits on a route that is removed ends like what asks for an unknown one', async () => {
  const { admin, runtime, layout, port, ca } = await setUp();
  await Promise.all([WEB, RAW].map((key) => admin.holdRoute({ ...key, hold: seconds(10) })));
  const web = get(port, 'web.test', { ca });
  const raw = get(port, 'raw.test', { ca }).catch((error: unknown) => error);
  await delay(100);
  await Promise.all([WEB, RAW].map((key) => admin.removeRoute(key)));
  expect((await web).status).toBe(421);
  expect(await raw).toMatchObject({ code: 'ECONNRESET' });
  expect(await runtime.ask(`show map ${layout.holdsMap(443)}`)).toBe('');
});

test('an l4 route that becomes an l7 route while it is held takes along what waits', async () => {
  const { admin, port, ca, files } = await setUp();
  await admin.holdRoute({ ...RAW, hold: seconds(10) });
  const answer = get(port, 'raw.test', { ca });
  await delay(100);
  await admin.addRoute({ route: l7Route('raw.test', await startBackend('ended here'), files) });
  await admin.resumeRoute(RAW);
  expect((await answer).body).toBe('ended here');
});

test('a request whose client leaves is gone at once, and never sent', async () => {
  const { admin, runtime, port, ca, hits } = await setUp();
  const waiting = async () => (await runtime.ask('show sess')).match(/ fe=l7_443 be=<NONE>/g)?.length ?? 0;
  await admin.holdRoute({ ...WEB, hold: seconds(10) });
  const left = new AbortController();
  const { signal } = left;
  const stream = http2Session(port, 'web.test', ca).request({ ':path': '/' });
  const asked = [
    get(port, 'web.test', { ca, signal }).catch(() => 'left'),
    get(port, 'web.test', { ca, signal, method: 'POST', body: 'x' }).catch(() => 'left'),
  ];
  await vi.waitFor(async () => expect(await waiting()).toBe(3));
  left.abort();
  // The HTTP/2 connection stays.
  stream.close(constants.NGHTTP2_CANCEL);
  await vi.waitFor(async () => expect(await waiting()).toBe(0));
  await Promise.all(asked);
  await admin.resumeRoute(WEB);
  expect((await get(port, 'web.test', { ca, path: '/next' })).body).toBe('old');
  expect(hits).toEqual(['old GET /next']);
});

test('an l4 connection whose client leaves is gone when the hold ends', async () => {
  const { admin, runtime, port, ca } = await setUp();
  const waiting = async () =>
    (await runtime.ask('show sess')).match(/ fe=(waiting_room|listen_443) /g)?.length;
  await admin.holdRoute({ ...RAW, hold: seconds(10) });
  const left = new AbortController();
  const asked = get(port, 'raw.test', { ca, signal: left.signal }).catch(() => 'left');
  await vi.waitFor(async () => expect(await waiting()).toBe(2));
  left.abort();
  await asked;
  await admin.resumeRoute(RAW);
  await vi.waitFor(async () => expect(await waiting()).toBeUndefined());
});

test('hundreds of requests that wait are all let go', async () => {
  const { admin, port, ca } = await setUp();
  await admin.holdRoute({ ...WEB, hold: seconds(20) });
  const sessions = Array.from({ length: 4 }, () => http2Session(port, 'web.test', ca));
  const answers = sessions.flatMap((session) =>
    Array.from({ length: 100 }, async () => (await getOverHttp2(session)).status),
  );
  await delay(400);
  await admin.resumeRoute(WEB);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
});

test('says what is wrong with a hold, and whether there was one to end', async () => {
  const { admin } = await startTestProxy();
  await admin.addRoute({ route: l4Route('web.test', 9) });
  const wrongHold = 'INVALID_ARGUMENT: hold must be more than 0 and at most 600 s, not';
  for (const [request, message] of [
    [WEB, `${wrongHold} 0 s`],
    [{ ...WEB, hold: seconds(0) }, `${wrongHold} 0 s`],
    [{ ...WEB, hold: seconds(-1) }, `${wrongHold} -1 s`],
    [{ ...WEB, hold: seconds(600.5) }, `${wrongHold} 600.5 s`],
    [{ ...WEB, hostname: '*.test', hold: seconds(1) }, 'INVALID_ARGUMENT: hostname must be one exact name'],
    [{ ...WEB, hostname: 'none.test', hold: seconds(1) }, 'NOT_FOUND: no route none.test on listener 443'],
    [{ ...WEB, port: 8443, hold: seconds(1) }, 'NOT_FOUND: no route web.test on listener 8443'],
  ] as const)
    await expect(admin.holdRoute(request)).rejects.toThrow(message);
  for (const key of [WEB, { ...WEB, hostname: 'none.test' }, { ...WEB, port: 8443 }])
    expect(await admin.resumeRoute(key)).toEqual({ resumed: false });
  await admin.holdRoute({ port: 443, hostname: 'Web.test', hold: seconds(10) });
  expect(await admin.resumeRoute({ port: 443, hostname: 'wEb.test' })).toEqual({ resumed: true });
  expect(await admin.resumeRoute(WEB)).toEqual({ resumed: false });
});
