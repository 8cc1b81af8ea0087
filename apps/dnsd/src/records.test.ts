import { expect, test } from 'vitest';
import { mergeDesired, planChanges, sameRecords, settledRecords, type DnsRecord } from './records.ts';

const a: DnsRecord = { name: 'web.test', type: 'A', value: '10.0.0.1', ttl: 60 };
const b: DnsRecord = { ...a, value: '10.0.0.2' };
const nothing = { create: [], update: [], remove: [] };
const held = (record: DnsRecord) => ({ ...record, id: `id of ${record.value}` });

test.each([
  ['creates what is missing', [a], [], [], { ...nothing, create: [a] }],
  ['leaves what is as desired', [a], [a], [a], nothing],
  ['takes what somebody else made as desired', [a], [], [a], nothing],
  ['puts the TTL right', [a], [a], [{ ...a, ttl: 5 }], { ...nothing, update: [held(a)] }],
  ['removes what is owned and no longer desired', [], [a], [a], { ...nothing, remove: [held(a)] }],
  [
    'replaces a record of its own whose value another hand changed',
    [a],
    [{ ...a, id: 'id of 10.0.0.2' }],
    [b],
    { ...nothing, create: [a], remove: [held(b)] },
  ],
  ['leaves what others own', [a], [a], [a, b], nothing],
  ['has nothing to remove of what is gone', [], [a], [], nothing],
  [
    'creates a record that two owners want once',
    [a, { ...a, ttl: 30 }],
    [],
    [],
    { ...nothing, create: [{ ...a, ttl: 30 }] },
  ],
])('%s', (_title, desired, owned, actual, plan) => {
  expect(planChanges({ desired, owned, actual: actual.map(held) })).toEqual(plan);
});

test('lets go of owned records that are neither desired nor there', () => {
  const c = { ...a, value: '10.0.0.3' };
  expect(settledRecords({ desired: [a], owned: [a, b, c], actual: [b] })).toEqual([c]);
});

test('merges to the lowest TTL, whoever comes first', () => {
  const low = { ...a, ttl: 5 };
  expect(mergeDesired([a, low, b])).toEqual([low, b]);
  expect(mergeDesired([low, a])).toEqual([low]);
});

test('compares sets of records whatever their order, with their TTLs', () => {
  expect(sameRecords([a, b], [b, a])).toBe(true);
  expect(sameRecords([a], [{ ...a, ttl: 5 }])).toBe(false);
  expect(sameRecords([a], [a, b])).toBe(false);
});
