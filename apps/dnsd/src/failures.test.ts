import { join } from 'node:path';
import { RecordType } from '@mcp/proto/dnsd';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import type { Fault } from './fake-mcns.ts';
import { address, startTestDnsd } from './test-dnsd.ts';
import { recordKey } from './records.ts';

const owner = 'rift/web';
const before = { owner, records: [address('10.0.0.1'), address('10.0.0.1', 'kept.svc.test')] };
/** Keeps one record, removes one, changes a TTL, and creates two. */
const after = {
  owner,
  records: [
    { ...address('10.0.0.1', 'kept.svc.test'), ttl: 5 },
    address('10.0.0.2'),
    address('10.0.0.2', 'new.svc.test'),
  ],
};
const BEFORE = ['foreign A 10.9.9.9 5', 'kept A 10.0.0.1 60', 'web A 10.0.0.1 60'];

async function startWithRecords(path?: string) {
  const dnsd = await startTestDnsd(path === undefined ? {} : { path });
  dnsd.mcns.put({ name: 'foreign', type: 'A', value: '10.9.9.9', ttl: 5 });
  await dnsd.client.applyRecords(before);
  return { ...dnsd, stored: dnsd.store.list(''), owned: dnsd.store.owned() };
}

const refusals: [string, Fault['matches']][] = [
  ['a creation', ({ method, body }) => method === 'POST' && body.name === 'new'],
  ['an update', ({ method, body }) => method === 'PUT' && body.ttl === 5],
  ['a deletion', ({ method }) => method === 'DELETE'],
];

test.each(refusals)('when the server refuses %s, everything is as before', async (_title, matches) => {
  const { client, mcns, store, stored, owned, failures } = await startWithRecords();
  mcns.fail({ matches, effect: { refuse: 403, error: 'not yours' }, times: 1 });
  await expect(client.applyRecords(after)).rejects.toThrow(
    /FAILED_PRECONDITION: mcns at https:.* refuses to .*: not yours/,
  );
  expect(mcns.contents()).toEqual(BEFORE);
  expect(store.list('')).toEqual(stored);
  // A record that was deleted and put back has another id.
  expect(store.owned().map(recordKey)).toEqual(owned.map(recordKey));
  expect(failures.count).toBe(1);
});

test('says what conflicts when a name has an alias of somebody else', async () => {
  const { client, mcns } = await startTestDnsd();
  mcns.put({ name: 'web', type: 'CNAME', value: 'other.test', ttl: 60 });
  await expect(client.applyRecords({ owner, records: [address('10.0.0.1')] })).rejects.toThrow(
    'refuses to create A web.svc.test 10.0.0.1: conflicts with CNAME other.test',
  );
  expect(mcns.contents()).toEqual(['web CNAME other.test 60']);
});

test('a refused call gives an adopted record back as it was', async () => {
  const { client, mcns, store } = await startTestDnsd();
  mcns.put({ name: 'web', type: 'A', value: '10.0.0.1', ttl: 5 });
  mcns.fail({ matches: ({ body }) => body.name === 'bad', effect: { refuse: 400, error: 'no' } });
  const records = [address('10.0.0.1'), address('10.0.0.1', 'bad.svc.test')];
  await expect(client.applyRecords({ owner, records })).rejects.toThrow('no');
  expect(mcns.contents()).toEqual(['web A 10.0.0.1 5']);
  expect(store.owned()).toEqual([]);
  await client.reconcile({});
  expect(mcns.contents()).toEqual(['web A 10.0.0.1 5']);
});

test('when the server is down, the store is as before and nothing is left to do', async () => {
  const { client, mcns, store, stored, owned } = await startWithRecords();
  await mcns.down();
  await expect(client.applyRecords(after)).rejects.toThrow(
    /UNAVAILABLE: mcns at https:.*: list the records of/,
  );
  expect(store.list('')).toEqual(stored);
  expect(store.owned()).toEqual(owned);
  await mcns.up();
  expect(await client.reconcile({})).toEqual({ repaired: [] });
  expect(mcns.contents()).toEqual(BEFORE);
  expect((await client.applyRecords(after)).changed).toBe(true);
});

const writes = ['POST', 'PUT', 'DELETE'];

test.each(
  writes.flatMap((method) => (['before', 'after'] as const).map((effect) => [method, effect] as const)),
)(
  'when %s breaks the connection for good %s it took effect, the sync leaves nothing of it',
  async (method, effect) => {
    const { client, mcns, store, stored } = await startWithRecords();
    // From the first such request on the server is away for changes, so that nothing can be put back.
    let broken = false;
    mcns.fail({
      matches: (request) => {
        broken ||= request.method === method;
        return broken && request.method !== 'GET';
      },
      effect,
    });
    await expect(client.applyRecords(after)).rejects.toThrow('UNAVAILABLE: mcns at https:');
    expect(store.list('')).toEqual(stored);
    mcns.fail();
    await client.reconcile({});
    expect(mcns.contents()).toEqual(BEFORE);
    expect(await client.reconcile({})).toEqual({ repaired: [] });
  },
);

test.each(writes)('a lost answer to %s is no failure', async (method) => {
  const { client, mcns } = await startWithRecords();
  mcns.fail({ matches: (request) => request.method === method, effect: 'after', times: 1 });
  await client.applyRecords(after);
  expect(mcns.contents()).toEqual([
    'foreign A 10.9.9.9 5',
    'kept A 10.0.0.1 5',
    'new A 10.0.0.2 60',
    'web A 10.0.0.2 60',
  ]);
});

test('a caller that gives up leaves nothing behind', async () => {
  const { client, mcns, store, stored } = await startWithRecords();
  mcns.fail({ matches: ({ method }) => method === 'POST', effect: 'hang', times: 2 });
  const caller = new AbortController();
  const call = client.applyRecords(after, { signal: caller.signal });
  setTimeout(() => caller.abort(), 100);
  await expect(call).rejects.toThrow('aborted');
  // Calls take turns: this one, which has nothing to do, waits until the other was put back.
  await client.releaseRecords({ owner: 'rift/nobody' });
  expect(store.list('')).toEqual(stored);
  expect(mcns.contents()).toEqual(BEFORE);
});

test('a record that does not stay is an error', async () => {
  const { client, mcns } = await startWithRecords();
  // The server says created and has it not.
  mcns.fail({ matches: ({ method }) => method === 'POST', effect: { refuse: 201, error: '' } });
  await expect(client.applyRecords(after)).rejects.toThrow(
    'ABORTED: mcns does not have zone svc.test as it was just set (A new.svc.test 10.0.0.2, A web.svc.test 10.0.0.2)',
  );
  mcns.fail();
  await client.reconcile({});
  expect(mcns.contents()).toEqual(BEFORE);
});

test('a wrong token and a zone that the server does not have are refusals', async () => {
  const { mcns } = await startTestDnsd();
  const { client } = await startTestDnsd({ zones: ['other.test'], fake: mcns });
  await expect(
    client.applyRecords({ owner, records: [address('10.0.0.1', 'web.other.test')] }),
  ).rejects.toThrow('refuses to list the records of web.other.test: zone other.test does not exist here');
});

test('a failure of the server is unavailable, with what it said', async () => {
  const { client, mcns } = await startWithRecords();
  mcns.fail({ matches: () => true, effect: { refuse: 503, error: 'read token file' } });
  await expect(client.applyRecords(after)).rejects.toThrow(/UNAVAILABLE: .*: read token file/);
});

test('what was begun before a kill is put right from what is stored', async () => {
  const path = join(temporaryDirectory(), 'dnsd.db');
  const { close, mcns, store } = await startWithRecords(path);
  // As after the commit of a call: stored, and nothing of it at the server.
  store.replace(owner, [{ name: 'web.svc.test', type: 'A', value: '10.0.0.2', ttl: 60 }]);
  close();
  const { client } = await startTestDnsd({ path, fake: mcns });
  const { repaired } = await client.reconcile({});
  expect(repaired).toHaveLength(3);
  expect(repaired).toContainEqual({ name: 'web.svc.test', type: RecordType.A, value: '10.0.0.2', ttl: 60 });
  expect(mcns.contents()).toEqual(['foreign A 10.9.9.9 5', 'web A 10.0.0.2 60']);
});

test('one record that is refused does not stop the sync of the others', async () => {
  const { client, mcns } = await startWithRecords();
  mcns.wipe();
  mcns.fail({ matches: ({ body }) => body.name === 'web', effect: { refuse: 403, error: 'not yours' } });
  await expect(client.reconcile({})).rejects.toThrow('FAILED_PRECONDITION: mcns at https:');
  expect(mcns.contents()).toEqual(['kept A 10.0.0.1 60']);
});
