import { createServer } from 'node:net';
import { once } from 'node:events';
import { openDatabase } from '@mcp/daemon/sqlite';
import { PortServiceDefinition } from '@mcp/proto/portd';
import { startServer } from '@mcp/daemon/test-server';
import { expect, onTestFinished, test } from 'vitest';
import { createLeases } from './leases.ts';
import { migrations } from './migrations.ts';
import { access, createPortService } from './service.ts';
import { createStore } from './store.ts';

async function startPortd({ first = 20_000, last = 21_000, addresses = ['127.0.0.1'] } = {}) {
  const database = openDatabase(':memory:', migrations);
  onTestFinished(() => void database.close());
  const store = createStore(database);
  const { channel } = await startServer((server) => {
    server.add(
      PortServiceDefinition,
      createPortService(store, createLeases(store, { first, last, addresses })),
      access,
    );
  });
  return channel.client(PortServiceDefinition);
}

const rest = { component: 'api', route: 'rest', generation: 1n };
const grpc = { component: 'api', route: 'grpc', generation: 1n };
const nextRest = { ...rest, generation: 2n };

test('leases a port per slot and gives the same ports again', async () => {
  const portd = await startPortd();
  const { leases } = await portd.leasePorts({ owner: 'rift/demo', slots: [rest, grpc] });
  expect(leases).toMatchObject([rest, grpc]);
  expect(new Set(leases.map(({ port }) => port)).size).toBe(2);
  expect((await portd.leasePorts({ owner: 'rift/demo', slots: [rest, grpc] })).leases).toEqual(leases);
});

test('releases the slots that are no longer named, and all of them on release', async () => {
  const portd = await startPortd();
  const { leases } = await portd.leasePorts({ owner: 'rift/demo', slots: [rest, grpc] });
  await portd.leasePorts({ owner: 'rift/demo', slots: [grpc] });
  expect((await portd.listLeases({ owner: 'rift/demo' })).leases).toEqual([leases[1]]);
  await portd.releasePorts({ owner: 'rift/demo' });
  await portd.releasePorts({ owner: 'rift/demo' });
  expect((await portd.listLeases({ owner: '' })).leases).toEqual([]);
});

test('gives two generations of one route side by side a port each', async () => {
  const portd = await startPortd();
  const [old] = (await portd.leasePorts({ owner: 'rift/demo', slots: [rest] })).leases;
  const both = (await portd.leasePorts({ owner: 'rift/demo', slots: [rest, nextRest] })).leases;
  expect(both).toMatchObject([{ ...rest, port: old?.port }, nextRest]);
  expect(both[1]?.port).not.toBe(old?.port);
  expect((await portd.listLeases({ owner: 'rift/demo' })).leases).toEqual(both);
});

test.each([
  ['older', rest, 0],
  ['newer', nextRest, 1],
])('leaves the %s of two generations its port when the other is released', async (_, kept, index) => {
  const portd = await startPortd();
  const both = (await portd.leasePorts({ owner: 'rift/demo', slots: [rest, nextRest] })).leases;
  await portd.leasePorts({ owner: 'rift/demo', slots: [kept] });
  expect((await portd.listLeases({ owner: 'rift/demo' })).leases).toEqual([both[index]]);
});

test('never gives one port to two of 100 concurrent callers', async () => {
  const portd = await startPortd();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => portd.leasePorts({ owner: `rift/s${index}`, slots: [rest] })),
  );
  expect(new Set(answers.map(({ leases }) => leases[0]?.port)).size).toBe(100);
});

test('passes over a port that another program listens on', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const address = other.address();
  const busy = typeof address === 'object' && address !== null ? address.port : 0;
  const portd = await startPortd({ first: busy, last: busy });
  await expect(portd.leasePorts({ owner: 'rift/demo', slots: [rest] })).rejects.toThrow(
    `RESOURCE_EXHAUSTED: no free port in ${busy}-${busy}`,
  );
});

test.each([
  ['demo', [rest], 'owner must be "<node>/<service>", not "demo"'],
  ['rift/demo', [rest, rest], 'slot api/rest@1: component is named twice'],
  ['rift/demo', [{ ...rest, component: 'API', route: '' }], 'slot API/@1: component must be a DNS label'],
  [
    'rift/demo',
    [{ ...rest, generation: 2n ** 53n }],
    'slot api/rest@9007199254740992: generation must be at most 9007199254740991',
  ],
])('says what is wrong with %s %o', async (owner, slots, message) => {
  const portd = await startPortd();
  await expect(portd.leasePorts({ owner, slots })).rejects.toThrow(`INVALID_ARGUMENT: ${message}`);
});

test('a lease that portd lost is given back on the port that it had, in use or not, unless another has it', async () => {
  const portd = await startPortd();
  const slot = { component: 'web', route: '', generation: 1n };
  const again = { owner: 'rift/demo', slots: [{ ...slot, port: 12_345 }] };
  const { leases } = await portd.leasePorts(again);
  expect(leases).toMatchObject([{ port: 12_345 }]);
  const other = await portd.leasePorts({ ...again, owner: 'rift/other' });
  expect(other.leases[0]?.port).not.toBe(12_345);
  // What is leased stays, whatever is said.
  const moved = await portd.leasePorts({ ...again, slots: [{ ...slot, port: 23_456 }] });
  expect(moved.leases).toMatchObject([{ port: 12_345 }]);
});
