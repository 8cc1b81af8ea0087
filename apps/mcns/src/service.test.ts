import { RecordServiceDefinition, ZoneServiceDefinition } from '@mcp/proto/mcns';
import { startServer } from '@mcp/daemon/test-server';
import { expect, test } from 'vitest';
import { createRecordService, createZoneService, recordAccess, zoneAccess } from './service.ts';
import { createTestDomain, testZone } from './test-mcns.ts';

async function startGrpc() {
  const { records, zones, index } = createTestDomain();
  const { channel } = await startServer((server) => {
    server.add(RecordServiceDefinition, createRecordService(records), recordAccess);
    server.add(ZoneServiceDefinition, createZoneService(zones), zoneAccess);
  });
  return {
    index,
    records: channel.client(RecordServiceDefinition),
    zones: channel.client(ZoneServiceDefinition),
  };
}

const web = { zone: 'svc.test', name: 'web', type: 'A', value: '10.0.0.1' };

test('creates, reads, replaces and deletes a record, and answers with it at once', async () => {
  const { records, index } = await startGrpc();
  const answered = () => index.find('web.svc.test')?.nodes.get('web.svc.test')?.get('A')?.[0]?.value;
  const { record } = await records.createRecord({ record: web });
  expect(record).toMatchObject({ ...web, ttl: 300, createdAt: expect.any(Date) });
  expect(answered()).toBe('10.0.0.1');
  const key = { zone: 'svc.test', id: record!.id };
  await records.updateRecord({ record: { ...record!, value: '10.0.0.2' } });
  expect(answered()).toBe('10.0.0.2');
  expect((await records.getRecord(key)).record?.value).toBe('10.0.0.2');
  expect((await records.listRecords({ zone: 'svc.test', name: 'web' })).records).toHaveLength(1);
  await records.deleteRecord(key);
  expect(answered()).toBeUndefined();
  await expect(records.getRecord(key)).rejects.toThrow(`NOT_FOUND: zone svc.test has no record ${key.id}`);
});

test('validates as REST does', async () => {
  const { records, zones } = await startGrpc();
  await expect(records.createRecord({ record: { ...web, value: 'x' } })).rejects.toThrow(
    'INVALID_ARGUMENT: value must be an IPv4 address, not "x"',
  );
  await expect(records.createRecord({})).rejects.toThrow('INVALID_ARGUMENT: record is required');
  await records.createRecord({ record: web });
  await expect(records.createRecord({ record: web })).rejects.toThrow(
    'ALREADY_EXISTS: A record web 10.0.0.1 in svc.test exists already',
  );
  await expect(zones.createZone({ zone: testZone })).rejects.toThrow(
    'ALREADY_EXISTS: zone svc.test exists already',
  );
});

test('manages zones', async () => {
  const { zones, index } = await startGrpc();
  await zones.createZone({ zone: { ...testZone, name: 'new.test', refresh: 0 } });
  expect((await zones.getZone({ name: 'new.test' })).zone).toMatchObject({ refresh: 3600 });
  expect((await zones.listZones({})).zones.map(({ name }) => name)).toEqual(['new.test', 'svc.test']);
  await zones.deleteZone({ name: 'new.test' });
  expect(index.find('new.test')).toBeUndefined();
});
