import { connect } from 'node:tls';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startTestMcns } from '../test-mcns.ts';

const RECORDS = '/v1/zones/svc.test/records';
const web = { name: 'web', type: 'A', value: '10.0.0.1', ttl: 60 };

function idOf(body: unknown): number {
  if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'number')
    return body.id;
  throw new Error(`no id in ${JSON.stringify(body)}`);
}

test('creates, reads, replaces and deletes a record', async () => {
  const { rest } = await startTestMcns();
  const created = await rest('root', `POST ${RECORDS}`, web);
  expect(created).toEqual({
    status: 201,
    body: {
      ...web,
      id: expect.any(Number),
      zone: 'svc.test',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: expect.any(String),
    },
  });
  const path = `${RECORDS}/${idOf(created.body)}`;
  expect(await rest('root', `GET ${path}`)).toEqual({ status: 200, body: created.body });
  // What was read can be sent back.
  const replaced = await rest('root', `PUT ${path}`, { ...(created.body as object), value: '10.0.0.2' });
  expect(replaced).toMatchObject({ status: 200, body: { id: idOf(created.body), value: '10.0.0.2' } });
  expect(await rest('root', `DELETE ${path}`)).toEqual({ status: 204, body: undefined });
  expect(await rest('root', `GET ${path}`)).toMatchObject({
    status: 404,
    body: { error: `zone svc.test has no record ${idOf(created.body)}` },
  });
});

test('filters records by name and type', async () => {
  const { rest } = await startTestMcns();
  const other = { name: 'api', type: 'TXT', value: 'x', ttl: 60 };
  for (const record of [web, { ...web, value: '10.0.0.2' }, other])
    await rest('root', `POST ${RECORDS}`, record);
  const values = async (query: string) => {
    const { body } = await rest('reader', `GET ${RECORDS}${query}`);
    return (body as { records: { value: string }[] }).records.map(({ value }) => value);
  };
  expect(await values('')).toEqual(['x', '10.0.0.1', '10.0.0.2']);
  expect(await values('?name=WEB')).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(await values('?name=web&type=TXT')).toEqual([]);
  expect(await values('?type=TXT')).toEqual(['x']);
});

test('creates, reads, replaces and deletes a zone', async () => {
  const { rest } = await startTestMcns();
  const zone = { name: 'New.Test', primary_ns: 'ns.new.test', admin_email: 'admin.new.test' };
  const created = await rest('root', 'POST /v1/zones', zone);
  expect(created).toMatchObject({
    status: 201,
    body: { name: 'new.test', refresh: 3600, retry: 600, expire: 86_400, minimum_ttl: 300 },
  });
  expect(await rest('root', 'PUT /v1/zones/new.test', { ...zone, minimum_ttl: 5 })).toMatchObject({
    status: 200,
    body: { minimum_ttl: 5, serial: (created.body as { serial: number }).serial + 1 },
  });
  expect(await rest('reader', 'GET /v1/zones')).toMatchObject({
    status: 200,
    body: { zones: [{ name: 'new.test' }, { name: 'svc.test' }] },
  });
  expect(await rest('root', 'DELETE /v1/zones/new.test')).toMatchObject({ status: 204 });
  expect(await rest('root', 'GET /v1/zones/new.test')).toMatchObject({
    status: 404,
    body: { error: 'zone new.test does not exist here' },
  });
});

test.each([
  ['a body that is no JSON', `POST ${RECORDS}`, '{', 400, expect.stringMatching(/^the body is not JSON: /)],
  ['a body that is no object', `POST ${RECORDS}`, '3', 400, 'the body must be an object, not 3'],
  ['a wrong type', `POST ${RECORDS}`, { ...web, ttl: '60' }, 400, 'ttl must be a number, not "60"'],
  ['a missing field', `POST ${RECORDS}`, { name: 'web', type: 'A' }, 400, 'value is required'],
  ['an unknown field', `POST ${RECORDS}`, { ...web, tll: 5 }, 400, 'tll is not a known field'],
  [
    'a wrong address',
    `POST ${RECORDS}`,
    { ...web, value: '1.2.3' },
    400,
    'value must be an IPv4 address, not "1.2.3"',
  ],
  [
    'a TTL out of bounds',
    `POST ${RECORDS}`,
    { ...web, ttl: 604_801 },
    400,
    'ttl must be 1 to 604800 seconds, not 604801',
  ],
  [
    'a CNAME at the apex',
    `POST ${RECORDS}`,
    { name: '@', type: 'CNAME', value: 'a.test' },
    400,
    'name @ of svc.test has SOA and NS, so it cannot be a CNAME',
  ],
  ['an id that is no number', `GET ${RECORDS}/x`, undefined, 400, 'id must be a number, not "x"'],
  [
    'an unknown type to filter by',
    `GET ${RECORDS}?type=MX`,
    undefined,
    400,
    'type must be one of A, AAAA, CNAME, TXT, not "MX"',
  ],
  [
    'a mail address for a name',
    'POST /v1/zones',
    { name: 'a.test', primary_ns: 'ns.test', admin_email: 'me@a.test' },
    400,
    'admin_email must be a name, "me.a.test" for me@a.test (RFC 1035 3.3.13)',
  ],
  [
    'a zone that is not there',
    'GET /v1/zones/no.test/records',
    undefined,
    404,
    'zone no.test does not exist here',
  ],
  [
    'a zone that is there',
    'POST /v1/zones',
    { name: 'svc.test', primary_ns: 'ns.test', admin_email: 'me.test' },
    409,
    'zone svc.test exists already',
  ],
  ['a path that is not there', 'GET /v1/nothing', undefined, 404, 'GET /v1/nothing is not part of this API'],
  [
    'a body that is too large',
    `POST ${RECORDS}`,
    'x'.repeat(65_537),
    413,
    'the body has more than 65536 bytes',
  ],
])('says what is wrong with %s', async (_title, call, body, status, error) => {
  const { rest } = await startTestMcns();
  expect(await rest('root', call, body)).toEqual({ status, body: { error } });
});

test('says 409 for the same record again and for a name that has a CNAME', async () => {
  const { rest } = await startTestMcns();
  await rest('root', `POST ${RECORDS}`, web);
  expect(await rest('root', `POST ${RECORDS}`, web)).toEqual({
    status: 409,
    body: { error: 'A record web 10.0.0.1 in svc.test exists already' },
  });
  expect(await rest('root', `POST ${RECORDS}`, { ...web, type: 'CNAME', value: 'a.test' })).toMatchObject({
    status: 409,
    body: { error: expect.stringContaining('a name with a CNAME has no other record') },
  });
});

test.each([
  ['root', { anyRecord: 201, ownRecord: 201, zone: 201, read: 200 }],
  ['mcp-agent', { anyRecord: 201, ownRecord: 201, zone: 403, read: 200 }],
  ['web', { anyRecord: 403, ownRecord: 201, zone: 403, read: 200 }],
  ['reader', { anyRecord: 403, ownRecord: 403, zone: 403, read: 200 }],
  ['stranger', { anyRecord: 403, ownRecord: 403, zone: 403, read: 403 }],
  ['nobody', { anyRecord: 401, ownRecord: 401, zone: 401, read: 401 }],
  ['', { anyRecord: 401, ownRecord: 401, zone: 401, read: 401 }],
])('lets %j do what it may and nothing else', async (account, expected) => {
  const { rest } = await startTestMcns();
  const zone = { name: 'new.test', primary_ns: 'ns.test', admin_email: 'me.test' };
  const anyRecord = await rest(account, `POST ${RECORDS}`, { ...web, name: 'other' });
  const ownRecord = await rest(account, `POST ${RECORDS}`, web);
  const created = await rest(account, 'POST /v1/zones', zone);
  const read = await rest(account, `GET ${RECORDS}`);
  expect({
    anyRecord: anyRecord.status,
    ownRecord: ownRecord.status,
    zone: created.status,
    read: read.status,
  }).toEqual(expected);
});

test("an account cannot take over or rename another's record", async () => {
  const { rest } = await startTestMcns();
  const foreign = idOf((await rest('root', `POST ${RECORDS}`, { ...web, name: 'other' })).body);
  const own = idOf((await rest('web', `POST ${RECORDS}`, web)).body);
  const denied = { status: 403, body: { error: 'web may only change records named web, not other' } };
  expect(await rest('web', `PUT ${RECORDS}/${foreign}`, web)).toEqual(denied);
  expect(await rest('web', `PUT ${RECORDS}/${own}`, { ...web, name: 'other' })).toEqual(denied);
  expect(await rest('web', `DELETE ${RECORDS}/${foreign}`)).toEqual(denied);
});

test('tells its health without a token', async () => {
  const { rest } = await startTestMcns();
  expect(await rest('', 'GET /v1/health')).toEqual({ status: 200, body: { status: 'ok' } });
});

test('does not speak TLS below 1.3', async () => {
  const { restPort } = await startTestMcns();
  const socket = connect({
    host: '127.0.0.1',
    port: restPort,
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
  });
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toMatch(/alert protocol version/i);
});
