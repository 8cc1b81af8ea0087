import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { onTestFinished } from 'vitest';
import { createTestCertificate } from '@mcp/testing/test-certificate';

const TOKEN = 'fake-token';

interface FakeRecord {
  id: number;
  name: string;
  type: string;
  value: string;
  ttl: number;
}

/** What goes wrong with the requests that `matches`: the connection breaks, before or after the effect, or a refusal. */
export interface Fault {
  matches: (request: { method: string; body: Partial<FakeRecord> }) => boolean;
  effect: 'before' | 'after' | { refuse: number; error: string } | 'hang';
  /** How often; for ever when it is not given. */
  times?: number;
}

/**
 * An MCNS REST server for tests, over HTTPS on loopback: it keeps its records, checks the
 * token, refuses duplicates and a CNAME that is not alone, and fails as it is told.
 */
export async function startFakeMcns(zones: readonly string[] = ['svc.test']) {
  const records = new Map<string, FakeRecord[]>(zones.map((zone) => [zone, []]));
  const requests: string[] = [];
  let faults: Fault[] = [];
  let nextId = 1;
  const { cert, key } = await createTestCertificate();
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const input = await text(request);
    const body = (input === '' ? {} : JSON.parse(input)) as Partial<FakeRecord>;
    requests.push(`${method} ${url}`);
    const fault = faults.find(({ matches, times }) => times !== 0 && matches({ method, body }));
    if (fault?.times !== undefined) fault.times -= 1;
    if (fault?.effect === 'hang') return;
    if (fault?.effect === 'before') return void request.socket.destroy();
    if (typeof fault?.effect === 'object')
      return send(response, fault.effect.refuse, { error: fault.effect.error });
    const authorized = request.headers.authorization === `Bearer ${TOKEN}`;
    const [status, result] = authorized
      ? handle(method, new URL(url, 'https://fake'), body)
      : [401, { error: 'the bearer token is not valid' }];
    if (fault?.effect === 'after') return void request.socket.destroy();
    send(response, status, result);
  }

  function handle(method: string, url: URL, body: Partial<FakeRecord>): [number, object | undefined] {
    const [, , , zone = '', , id] = url.pathname.split('/');
    const held = records.get(zone);
    if (!held) return [404, { error: `zone ${zone} does not exist here` }];
    const name = url.searchParams.get('name');
    if (method === 'GET')
      return [200, { records: held.filter((each) => name === null || each.name === name) }];
    const index = held.findIndex((each) => each.id === Number(id));
    if (id !== undefined && index < 0) return [404, { error: `zone ${zone} has no record ${id}` }];
    if (method === 'DELETE') {
      held.splice(index, 1);
      return [204, undefined];
    }
    const record = { ...body, id: id === undefined ? nextId++ : Number(id) } as FakeRecord;
    const conflict = held.find((each) => each.id !== record.id && conflicts(each, record));
    if (conflict) return [409, { error: `conflicts with ${conflict.type} ${conflict.value}` }];
    held.splice(id === undefined ? held.length : index, 1, record);
    return [id === undefined ? 201 : 200, record];
  }

  let port = 0;
  const listen = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  };
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  await listen();
  onTestFinished(close);
  const token = join(temporaryDirectory(), 'token');
  writeFileSync(token, `${TOKEN}\n`);

  return {
    /** What a zone's configuration needs to reach it. */
    endpoint: {
      provider: 'mcns' as const,
      server_url: `https://127.0.0.1:${port}`,
      ca_cert: cert,
      token_path: token,
    },
    /** "name type value ttl" of every record, in order. */
    contents: (zone = 'svc.test') =>
      (records.get(zone) ?? []).map(({ name, type, value, ttl }) => `${name} ${type} ${value} ${ttl}`).sort(),
    /** As if somebody else had made it. */
    put: (record: Omit<FakeRecord, 'id'>, zone = 'svc.test') =>
      void records.get(zone)?.push({ ...record, id: nextId++ }),
    /** As if somebody else had deleted them. */
    wipe: (zone = 'svc.test') => void records.get(zone)?.splice(0),
    fail: (...next: Fault[]) => {
      faults = next;
    },
    /** The requests since the last time, for example "GET /v1/zones/svc.test/records". */
    takeRequests: () => requests.splice(0),
    down: close,
    up: listen,
  };
}

export type FakeMcns = Awaited<ReturnType<typeof startFakeMcns>>;

function conflicts(a: FakeRecord, b: FakeRecord): boolean {
  if (a.name !== b.name) return false;
  if (a.type === 'CNAME' || b.type === 'CNAME') return true;
  return a.type === b.type && a.value === b.value;
}

function send(response: ServerResponse, status: number, body: object | undefined): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body && JSON.stringify(body));
}
