import { RecordType } from '@mcp/proto/dnsd';
import { expect, test } from 'vitest';
import { requireRecords, toMessage } from './record-values.ts';

const web = { name: 'web.test', type: RecordType.A, value: '10.0.0.1', ttl: 0 };

test('takes one spelling of names and values, and the default TTL', () => {
  const records = [
    { ...web, name: 'WEB.Test.' },
    { ...web, type: RecordType.AAAA, value: '2001:DB8:0::1', ttl: 5 },
    { ...web, name: 'www.test', type: RecordType.CNAME, value: 'Web.TEST.' },
    { ...web, name: '_acme-challenge.web.test', type: RecordType.TXT, value: 'Keeps its Case.' },
  ];
  expect(requireRecords(records, 60)).toEqual([
    { name: 'web.test', type: 'A', value: '10.0.0.1', ttl: 60 },
    { name: 'web.test', type: 'AAAA', value: '2001:db8::1', ttl: 5 },
    { name: 'www.test', type: 'CNAME', value: 'web.test', ttl: 60 },
    { name: '_acme-challenge.web.test', type: 'TXT', value: 'Keeps its Case.', ttl: 60 },
  ]);
});

test.each([
  ['an empty name', { name: '' }, 'records.name "" is not a DNS name'],
  ['a wildcard', { name: '*.test' }, 'records.name "*.test" is not a DNS name'],
  [
    'a long label',
    { name: `${'a'.repeat(64)}.test` },
    'is not a DNS name: a label has more than 63 characters',
  ],
  ['a long name', { name: 'a.'.repeat(126) + 'test' }, 'is not a DNS name'],
  ['no type', { type: RecordType.UNSPECIFIED }, 'records.type of web.test must be A, AAAA, CNAME or TXT'],
  [
    'no IPv4 address',
    { value: '10.0.0.256' },
    'records.value of web.test must be an IPv4 address, not "10.0.0.256"',
  ],
  [
    'no IPv6 address',
    { type: RecordType.AAAA },
    'records.value of web.test must be an IPv6 address, not "10.0.0.1"',
  ],
  ['no alias', { type: RecordType.CNAME, value: 'a b' }, 'records.value of web.test "a b" is not a DNS name'],
  [
    'no text',
    { type: RecordType.TXT, value: '' },
    'records.value of web.test must be text of 1 to 4096 octets',
  ],
  ['a long TTL', { ttl: 604_801 }, 'records.ttl must be 1 to 604800 seconds, not 604801'],
])('refuses %s', (_title, change, message) => {
  expect(() => requireRecords([{ ...web, ...change }], 60)).toThrow(message);
});

test('refuses the same record twice, however it is spelled', () => {
  expect(() => requireRecords([web, { ...web, name: 'WEB.test.', ttl: 5 }], 60)).toThrow(
    'records A web.test 10.0.0.1 is there twice',
  );
});

test('a record answered is the record asked for', () => {
  const [record] = requireRecords([{ ...web, ttl: 5 }], 60);
  expect(record && toMessage(record)).toEqual({ ...web, ttl: 5 });
});
