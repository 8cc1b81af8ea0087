import { expect, test } from 'vitest';
import type { RecordData } from '../store.ts';
import { answer } from './answer.ts';
import { createZoneIndex } from './zone-index.ts';

const soa = { primaryNs: 'ns.test', adminEmail: 'admin.test', refresh: 1, retry: 2, expire: 3 };
const zone = { ...soa, name: 'svc.test', minimumTtl: 60, serial: 7 };
const records: RecordData[] = [
  { name: 'web', type: 'A', value: '10.0.0.1', ttl: 300 },
  { name: 'web', type: 'A', value: '10.0.0.2', ttl: 30 },
  { name: 'web', type: 'TXT', value: 'x'.repeat(300), ttl: 60 },
  { name: 'www', type: 'CNAME', value: 'web.svc.test', ttl: 60 },
  { name: 'away', type: 'CNAME', value: 'example.net', ttl: 60 },
  { name: 'child', type: 'CNAME', value: 'a.sub.svc.test', ttl: 60 },
  { name: 'dangling', type: 'CNAME', value: 'nothing.svc.test', ttl: 60 },
  { name: 'ring', type: 'CNAME', value: 'round.svc.test', ttl: 60 },
  { name: 'round', type: 'CNAME', value: 'ring.svc.test', ttl: 60 },
  { name: '_acme-challenge.deep.web', type: 'TXT', value: 'token', ttl: 60 },
];

const index = createZoneIndex();
index.publish(zone, records);
index.publish({ ...zone, name: 'sub.svc.test', minimumTtl: 86_400 }, [
  { name: 'a', type: 'A', value: '10.1.0.1', ttl: 60 },
]);

function ask(name: string, type: string, klass = 'IN') {
  const reply = answer({ name, type, class: klass }, index.find);
  const short = (records: typeof reply.answers) =>
    records.map((each) => `${each.name} ${'ttl' in each ? each.ttl : ''} ${each.type}`);
  return [
    reply.rcode,
    reply.authoritative ? 'aa' : '',
    short(reply.answers),
    short(reply.authorities),
  ] as const;
}

const negative = ['svc.test 60 SOA'];
const webA = ['web.svc.test 30 A', 'web.svc.test 30 A'];

test.each([
  ['all records of a set, with its lowest TTL', 'web.svc.test', 'A', 'NOERROR', webA, []],
  ['NODATA for a type the name does not have', 'web.svc.test', 'AAAA', 'NOERROR', [], negative],
  ['NODATA for a type that nobody has', 'web.svc.test', 'TYPE65', 'NOERROR', [], negative],
  ['NODATA for a name that only has names below it', 'deep.web.svc.test', 'A', 'NOERROR', [], negative],
  ['NXDOMAIN for a name that is not there', 'nothing.svc.test', 'A', 'NXDOMAIN', [], negative],
  ['NXDOMAIN below a name that is there', 'a.www.svc.test', 'A', 'NXDOMAIN', [], negative],
  ['the SOA of the apex', 'svc.test', 'SOA', 'NOERROR', ['svc.test 3600 SOA'], []],
  ['the NS of the apex', 'svc.test', 'NS', 'NOERROR', ['svc.test 3600 NS'], []],
  ['NODATA for an apex without addresses', 'svc.test', 'A', 'NOERROR', [], negative],
  ['NODATA for an SOA below the apex', 'web.svc.test', 'SOA', 'NOERROR', [], negative],
  ['an alias and what it means', 'www.svc.test', 'A', 'NOERROR', ['www.svc.test 60 CNAME', ...webA], []],
  ['only the alias when it is asked for', 'www.svc.test', 'CNAME', 'NOERROR', ['www.svc.test 60 CNAME'], []],
  [
    'an alias to a name without the type',
    'www.svc.test',
    'AAAA',
    'NOERROR',
    ['www.svc.test 60 CNAME'],
    negative,
  ],
  ['an alias to nothing', 'dangling.svc.test', 'A', 'NXDOMAIN', ['dangling.svc.test 60 CNAME'], negative],
  ['an alias that leaves the zone', 'away.svc.test', 'A', 'NOERROR', ['away.svc.test 60 CNAME'], []],
  ['an alias into another zone', 'child.svc.test', 'A', 'NOERROR', ['child.svc.test 60 CNAME'], []],
  [
    'a ring of aliases, once',
    'ring.svc.test',
    'A',
    'NOERROR',
    ['ring.svc.test 60 CNAME', 'round.svc.test 60 CNAME'],
    [],
  ],
  ['one set for ANY', 'web.svc.test', 'ANY', 'NOERROR', webA, []],
  ['the zone with the longest name', 'a.sub.svc.test', 'A', 'NOERROR', ['a.sub.svc.test 60 A'], []],
  [
    'a negative TTL no longer than that of the SOA',
    'b.sub.svc.test',
    'A',
    'NXDOMAIN',
    [],
    ['sub.svc.test 3600 SOA'],
  ],
])('answers %s', (_title, name, type, rcode, answers, authorities) => {
  expect(ask(name, type)).toEqual([rcode, 'aa', answers, authorities]);
});

test.each([
  ['a name outside the zones', 'example.net', 'A', 'IN'],
  ['the parent of a zone', 'test', 'A', 'IN'],
  ['the root', '', 'NS', 'IN'],
  ['another class', 'web.svc.test', 'A', 'CLASS3'],
  ['a transfer', 'svc.test', 'AXFR', 'IN'],
])('refuses %s', (_title, name, type, klass) => {
  expect(ask(name, type, klass)).toEqual(['REFUSED', '', [], []]);
});

test('splits a long text into strings of 255 octets', () => {
  const { answers } = answer({ name: 'web.svc.test', type: 'TXT', class: 'IN' }, index.find);
  const data = answers.flatMap((each) => (each.type === 'TXT' ? each.data : []));
  expect(data.map((each) => each.length)).toEqual([255, 45]);
});

test('does not answer for a zone that was withdrawn', () => {
  const own = createZoneIndex();
  own.publish(zone, records);
  own.withdraw('svc.test');
  expect(answer({ name: 'web.svc.test', type: 'A', class: 'IN' }, own.find).rcode).toBe('REFUSED');
});
