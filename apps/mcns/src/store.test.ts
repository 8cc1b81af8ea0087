import { join } from 'node:path';
import { openDatabase } from '@mcp/daemon/sqlite';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from './migrations.ts';
import { createStore, type RecordData } from './store.ts';

const now = new Date('2026-11-23T12:00:00Z');
const later = new Date('2026-11-24T12:00:00Z');
const zone = {
  name: 'svc.test',
  primaryNs: 'ns.test',
  adminEmail: 'admin.test',
  refresh: 1,
  retry: 1,
  expire: 1,
  minimumTtl: 60,
};
const web: RecordData & { zone: string } = {
  zone: 'svc.test',
  name: 'web',
  type: 'A',
  value: '10.0.0.1',
  ttl: 60,
};
const alias: typeof web = { ...web, type: 'CNAME', value: 'other.test' };

function openStore(path = ':memory:') {
  const database = openDatabase(path, migrations);
  onTestFinished(() => void database.close());
  const store = createStore(database);
  return { store, close: () => database.close() };
}

function startStore() {
  const { store } = openStore();
  store.createZone(zone, now);
  return store;
}

test('bumps the serial with each change of a record, and only then', () => {
  const store = startStore();
  const serial = () => store.findZone('svc.test')?.serial;
  expect(serial()).toBe(2_026_112_300);
  const { id } = store.createRecord(web, now);
  expect(serial()).toBe(2_026_112_301);
  store.updateRecord({ ...web, id }, later);
  expect(serial()).toBe(2_026_112_301);
  store.updateRecord({ ...web, id, ttl: 30 }, later);
  expect(serial()).toBe(2_026_112_400);
  store.deleteRecord({ zone: 'svc.test', id }, now);
  expect(serial()).toBe(2_026_112_401);
  expect(store.deleteRecord({ zone: 'svc.test', id }, now)).toBe(false);
  expect(serial()).toBe(2_026_112_401);
});

test('a refused record leaves the serial as it was', () => {
  const store = startStore();
  store.createRecord(web, now);
  expect(() => store.createRecord(web, now)).toThrow('A record web 10.0.0.1 in svc.test exists already');
  expect(store.findZone('svc.test')?.serial).toBe(2_026_112_301);
});

test('keeps several addresses of one name', () => {
  const store = startStore();
  store.createRecord(web, now);
  store.createRecord({ ...web, value: '10.0.0.2' }, now);
  expect(store.listRecords('svc.test').map(({ value }) => value)).toEqual(['10.0.0.1', '10.0.0.2']);
});

test('a name with a CNAME has no other record, whichever came first', () => {
  const store = startStore();
  store.createRecord(web, now);
  expect(() => store.createRecord(alias, now)).toThrow('conflicts with A 10.0.0.1');
  store.createRecord({ ...alias, name: 'www' }, now);
  expect(() => store.createRecord({ ...web, name: 'www' }, now)).toThrow('conflicts with CNAME other.test');
  expect(() => store.createRecord({ ...alias, name: 'www', value: 'third.test' }, now)).toThrow(
    'conflicts with CNAME other.test',
  );
});

test('an update may turn the only record into a CNAME, but not one of two', () => {
  const store = startStore();
  const { id } = store.createRecord(web, now);
  expect(store.updateRecord({ ...alias, id }, now)).toMatchObject({ id, type: 'CNAME' });
  store.updateRecord({ ...web, id }, now);
  store.createRecord({ ...web, value: '10.0.0.2' }, now);
  expect(() => store.updateRecord({ ...alias, id }, now)).toThrow('conflicts with A 10.0.0.2');
});

test('never gives the id of a deleted record to another', () => {
  const store = startStore();
  const { id } = store.createRecord(web, now);
  store.deleteRecord({ zone: 'svc.test', id }, now);
  expect(store.createRecord(web, now).id).toBeGreaterThan(id);
});

test('a deleted zone takes its records with it', () => {
  const store = startStore();
  store.createRecord(web, now);
  expect(store.deleteZone('svc.test')).toBe(true);
  store.createZone(zone, now);
  expect(store.listRecords('svc.test')).toEqual([]);
});

test('keeps records and serial over a reopening', () => {
  const path = join(temporaryDirectory(), 'mcns.db');
  const first = openStore(path);
  first.store.createZone(zone, now);
  const record = first.store.createRecord(web, now);
  first.close();
  const { store } = openStore(path);
  expect(store.listRecords('svc.test')).toEqual([record]);
  expect(store.findZone('svc.test')).toEqual({ ...zone, serial: 2_026_112_301 });
});
