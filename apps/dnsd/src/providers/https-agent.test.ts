import { expect, onTestFinished, test } from 'vitest';
import { startFakeMcns } from '../fake-mcns.ts';
import { createHttpsAgent } from './https-agent.ts';

async function start({ trusted = true, requestTimeoutMs = 2000 } = {}) {
  const mcns = await startFakeMcns();
  const { server_url: origin, ca_cert } = mcns.endpoint;
  const agent = createHttpsAgent({ origin, caFile: trusted ? ca_cert : undefined, requestTimeoutMs });
  onTestFinished(() => agent.close());
  const get = (signal = new AbortController().signal) =>
    agent.send({ method: 'GET', path: '/v1/zones/svc.test/records', headers: {}, signal });
  return { mcns, get };
}

test('a server that does not answer is given up in time', async () => {
  const { mcns, get } = await start({ requestTimeoutMs: 100 });
  mcns.fail({ matches: () => true, effect: 'hang' });
  await expect(get()).rejects.toThrow('no answer within 100 ms');
});

test("a caller that leaves gets its own signal's reason", async () => {
  const { mcns, get } = await start();
  mcns.fail({ matches: () => true, effect: 'hang' });
  const reason = new Error('the caller has left');
  const caller = new AbortController();
  setTimeout(() => caller.abort(reason), 20);
  await expect(get(caller.signal)).rejects.toBe(reason);
});

test('a kept connection that the server closed is replaced', async () => {
  const { mcns, get } = await start();
  await get();
  await mcns.down();
  await mcns.up();
  expect((await get()).status).toBe(401);
});

test('a certificate of a CA that is not trusted is refused', async () => {
  const { get } = await start({ trusted: false });
  await expect(get()).rejects.toThrow('self-signed certificate');
});
