import { RecordState, RecordType } from '@mcp/proto/dnsd';
import { expect, test } from 'vitest';
import { address, startTestDnsd } from './test-dnsd.ts';

const owner = 'rift/web';

test('makes the records, keeps them by owner, and says what was there before', async () => {
  const { client, mcns } = await startTestDnsd();
  expect(await client.applyRecords({ owner, records: [address('10.0.0.1')] })).toEqual({
    previous: [],
    changed: true,
  });
  expect(mcns.contents()).toEqual(['web A 10.0.0.1 60']);
  expect(await client.applyRecords({ owner, records: [address('10.0.0.2')] })).toEqual({
    previous: [{ ...address('10.0.0.1'), ttl: 60 }],
    changed: true,
  });
  expect(mcns.contents()).toEqual(['web A 10.0.0.2 60']);
});

test('the same call again changes nothing and only reads', async () => {
  const { client, mcns } = await startTestDnsd();
  const call = { owner, records: [address('10.0.0.1'), address('10.0.0.1', 'svc.test')] };
  await client.applyRecords(call);
  expect(mcns.contents()).toEqual(['@ A 10.0.0.1 60', 'web A 10.0.0.1 60']);
  mcns.takeRequests();
  expect((await client.applyRecords(call)).changed).toBe(false);
  expect(mcns.takeRequests().sort()).toEqual([
    'GET /v1/zones/svc.test/records?name=%40',
    'GET /v1/zones/svc.test/records?name=web',
  ]);
});

test('the same call again puts back what went missing', async () => {
  const { client, mcns } = await startTestDnsd();
  const call = { owner, records: [address('10.0.0.1')] };
  await client.applyRecords(call);
  mcns.wipe();
  expect((await client.applyRecords(call)).changed).toBe(true);
  expect(mcns.contents()).toEqual(['web A 10.0.0.1 60']);
});

test('a name keeps an address while it gets another', async () => {
  const { client, mcns } = await startTestDnsd();
  await client.applyRecords({ owner, records: [address('10.0.0.1')] });
  mcns.takeRequests();
  await client.applyRecords({ owner, records: [address('10.0.0.2')] });
  const methods = mcns.takeRequests().map((request) => request.split(' ')[0]);
  expect(methods).toEqual(['GET', 'POST', 'DELETE', 'GET']);
});

test('turns addresses into an alias and back, which the server does not take side by side', async () => {
  const { client, mcns } = await startTestDnsd();
  const alias = { name: 'web.svc.test', type: RecordType.CNAME, value: 'other.test' };
  await client.applyRecords({ owner, records: [address('10.0.0.1'), address('10.0.0.2')] });
  await client.applyRecords({ owner, records: [alias] });
  expect(mcns.contents()).toEqual(['web CNAME other.test 60']);
  await client.applyRecords({ owner, records: [{ ...alias, value: 'third.test' }] });
  expect(mcns.contents()).toEqual(['web CNAME third.test 60']);
  await client.applyRecords({ owner, records: [address('10.0.0.1')] });
  expect(mcns.contents()).toEqual(['web A 10.0.0.1 60']);
});

test('releases the records of an owner and nothing else', async () => {
  const { client, mcns } = await startTestDnsd();
  mcns.put({ name: 'web', type: 'A', value: '10.9.9.9', ttl: 5 });
  mcns.put({ name: 'other', type: 'TXT', value: 'x', ttl: 5 });
  await client.applyRecords({ owner, records: [address('10.0.0.1')] });
  await client.applyRecords({ owner: 'orion/web', records: [address('10.0.0.2')] });
  expect(mcns.contents()).toHaveLength(4);
  expect((await client.releaseRecords({ owner })).previous).toEqual([{ ...address('10.0.0.1'), ttl: 60 }]);
  expect(mcns.contents()).toEqual(['other TXT x 5', 'web A 10.0.0.2 60', 'web A 10.9.9.9 5']);
  expect(await client.releaseRecords({ owner })).toEqual({ previous: [] });
});

test('a record that two owners want stays until both released it', async () => {
  const { client, mcns } = await startTestDnsd();
  for (const each of ['rift/web', 'rift/api'])
    await client.applyRecords({ owner: each, records: [address('10.0.0.1')] });
  await client.releaseRecords({ owner: 'rift/web' });
  expect(mcns.contents()).toEqual(['web A 10.0.0.1 60']);
  await client.releaseRecords({ owner: 'rift/api' });
  expect(mcns.contents()).toEqual([]);
});

test('takes over an identical record that somebody else made', async () => {
  const { client, mcns } = await startTestDnsd();
  mcns.put({ name: 'web', type: 'A', value: '10.0.0.1', ttl: 5 });
  await client.applyRecords({ owner, records: [address('10.0.0.1')] });
  expect(mcns.contents()).toEqual(['web A 10.0.0.1 60']);
  await client.releaseRecords({ owner });
  expect(mcns.contents()).toEqual([]);
});

test('a record goes to the zone with the longest name, and several zones are served at once', async () => {
  const { client, mcns } = await startTestDnsd({ zones: ['test', 'svc.test'] });
  await client.applyRecords({ owner, records: [address('10.0.0.1'), address('10.0.0.1', 'web.test')] });
  expect(mcns.contents('svc.test')).toEqual(['web A 10.0.0.1 60']);
  expect(mcns.contents('test')).toEqual(['web A 10.0.0.1 60']);
});

test('says which zones there are for a name in none', async () => {
  const { client, store } = await startTestDnsd();
  await expect(
    client.applyRecords({ owner, records: [address('10.0.0.1', 'web.notsvc.test')] }),
  ).rejects.toThrow('FAILED_PRECONDITION: web.notsvc.test is in no zone of dnsd (svc.test)');
  expect(store.list('')).toEqual([]);
});

test('says what is wrong with a request', async () => {
  const { client } = await startTestDnsd();
  await expect(client.applyRecords({ owner: 'web', records: [] })).rejects.toThrow(
    'INVALID_ARGUMENT: owner must be "<node>/<service>", not "web"',
  );
  await expect(client.applyRecords({ owner, records: [address('x')] })).rejects.toThrow(
    'INVALID_ARGUMENT: records.value of web.svc.test must be an IPv4 address, not "x"',
  );
});

test('lists what is desired with what the server has', async () => {
  const { client, mcns } = await startTestDnsd();
  const records = [address('10.0.0.1', 'a.svc.test'), address('10.0.0.1', 'b.svc.test')];
  await client.applyRecords({ owner, records });
  await client.applyRecords({ owner: 'rift/api', records: [address('10.0.0.1', 'c.svc.test')] });
  const states = async (of = '') =>
    (await client.listRecords({ owner: of })).records.map(({ record, state }) => [record?.name, state]);
  mcns.wipe();
  mcns.put({ name: 'a', type: 'A', value: '10.0.0.1', ttl: 60 });
  mcns.put({ name: 'b', type: 'A', value: '10.0.0.1', ttl: 5 });
  expect(await states()).toEqual([
    ['a.svc.test', RecordState.IN_STEP],
    ['b.svc.test', RecordState.DIFFERS],
    ['c.svc.test', RecordState.MISSING],
  ]);
  await mcns.down();
  expect(await states('rift/api')).toEqual([['c.svc.test', RecordState.UNKNOWN]]);
  expect((await client.listRecords({ owner: 'rift/api' })).records[0]).toMatchObject({
    owner: 'rift/api',
    zone: 'svc.test',
    provider: 'mcns',
  });
});

test('many owners at once all get their record of one name', async () => {
  const { client, mcns } = await startTestDnsd();
  const values = Array.from({ length: 20 }, (_, index) => `10.0.0.${index + 1}`);
  await Promise.all(
    values.map((value, index) => client.applyRecords({ owner: `n${index}/web`, records: [address(value)] })),
  );
  expect(mcns.contents()).toHaveLength(20);
  await Promise.all(values.map((_, index) => client.releaseRecords({ owner: `n${index}/web` })));
  expect(mcns.contents()).toEqual([]);
});
