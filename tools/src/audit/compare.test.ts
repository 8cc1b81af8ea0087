import { describe, expect, test } from 'vitest';
import { specOf } from '../faults/definitions.ts';
import { createIdentity } from '../images/traffic.ts';
import { DOMAIN } from '../stack/layout.ts';
import { X509Certificate } from 'node:crypto';
import { findViolations } from './compare.ts';
import type { Readings } from './readings.ts';
import { formatViolation } from './violation.ts';

const NAME = `charlie.${DOMAIN}`;
const OWNER = 'rift/charlie';
const CHAIN = createIdentity();
const FINGERPRINT = new X509Certificate(CHAIN).fingerprint256;
const API = 'a'.repeat(64);
const WEB = 'b'.repeat(64);

/** A stack with one service, of an l4 and an l7 component, in its second generation, and everything in place. */
function consistent(): Readings {
  const spec = specOf('charlie', 'v2');
  for (const { routes } of spec.components) for (const route of routes) route.hostname = NAME;
  const container = (id: string, component: string, port: number) => ({
    id,
    name: `ns.charlie.${component}.2`,
    service: 'charlie',
    component,
    generation: 2,
    imageId: 'c'.repeat(64),
    state: 'running',
    ports: [port],
  });
  const routes = [
    { hostname: NAME, port: 8443, mode: 'l4' as const, backend: '127.0.0.1:11001' },
    { hostname: NAME, port: 443, mode: 'l7' as const, backend: '127.0.0.1:11002' },
  ];
  const record = { name: NAME, type: 'A', value: '127.0.0.1' };
  const who = { version: 'v2', fingerprint: FINGERPRINT };
  return {
    registry: {
      services: [
        {
          name: 'charlie',
          active: true,
          generation: 2,
          spec,
          containers: ['api', 'web'].map((component) => ({ component, name: `ns.charlie.${component}.2` })),
          ports: [
            { component: 'api', route: 'tls', port: 11001 },
            { component: 'web', route: 'web', port: 11002 },
          ],
        },
      ],
      unfinished: [],
    },
    stores: {
      leases: [
        { owner: OWNER, component: 'api', route: 'tls', port: 11001 },
        { owner: OWNER, component: 'web', route: 'web', port: 11002 },
      ],
      certificates: [{ hostname: NAME, owner: OWNER, file_base: 'charlie', chain: CHAIN }],
      routes: routes.map((route) => ({ ...route, owner: OWNER })),
      removals: [],
      records: [{ ...record, owner: OWNER }],
      ownedRecords: [record],
      proxyRoutes: routes,
      zoneRecords: [record],
    },
    containers: [container(API, 'api', 11001), container(WEB, 'web', 11002)],
    imageIds: new Map([['localhost/mcp-traffic:v2', 'c'.repeat(64)]]),
    haproxy: {
      entries: routes.map((route) => ({ ...route })),
      certificates: [`443-${NAME}`],
      listed: [`443-${NAME}`],
      others: [],
    },
    certificateFiles: new Map([
      ['charlie.pem', CHAIN],
      ['charlie.key', 'key'],
    ]),
    addresses: new Map([[NAME, ['127.0.0.1']]]),
    doors: [
      { door: routes[0]!, reading: { ...who, container: API.slice(0, 12) } },
      { door: routes[1]!, reading: { ...who, container: WEB.slice(0, 12) } },
      { door: { hostname: 'gone', port: 443, mode: 'l7' }, reading: { closed: 'socket hang up' } },
    ],
    nodeAddresses: ['127.0.0.1'],
  };
}

/** What is found after `change`, one line each. */
function foundAfter(change: (readings: Readings) => void): string[] {
  const readings = consistent();
  change(readings);
  return findViolations(readings).map(formatViolation);
}

function files(readings: Readings): Map<string, string> {
  return readings.certificateFiles as Map<string, string>;
}

function addresses(readings: Readings): Map<string, readonly string[]> {
  return readings.addresses as Map<string, readonly string[]>;
}

test('a service that is wholly in its generation is no violation', () => {
  expect(foundAfter(() => undefined)).toEqual([]);
});

describe('what leaked is reported, with where it is', () => {
  test.each<[string, (readings: Readings) => unknown, RegExp]>([
    [
      'a container of an earlier generation',
      ({ containers }) =>
        containers.push({ ...containers[0]!, id: 'd'.repeat(64), name: 'ns.charlie.api.1', generation: 1 }),
      /^engine: 2 times container charlie\/api/,
    ],
    [
      'a container of an unknown service',
      ({ containers }) => containers.push({ ...containers[0]!, service: 'zulu', name: 'ns.zulu.api.1' }),
      /^engine: leaked container zulu\/api \(ns\.zulu\.api\.1 running/,
    ],
    [
      'a lease',
      ({ stores }) => stores.leases.push({ owner: 'rift/zulu', component: 'web', route: '', port: 1 }),
      /^portd: leaked lease rift\/zulu web\/ \(1\)/,
    ],
    [
      'a second lease of a route',
      ({ stores }) => stores.leases.push({ ...stores.leases[0]!, port: 12 }),
      /^portd: 2 times lease rift\/charlie api\/tls/,
    ],
    [
      'a certificate',
      ({ stores }) => stores.certificates.push({ hostname: 'z', owner: OWNER, file_base: 'z', chain: null }),
      /^certd: leaked certificate z \(of rift\/charlie, never issued\)/,
    ],
    [
      'a certificate file',
      (readings) => files(readings).set('zulu.pem', 'x'),
      /^certificate folder: leaked file zulu\.pem/,
    ],
    [
      'a desired route',
      ({ stores }) => stores.routes.push({ ...stores.routes[0]!, hostname: 'z' }),
      /^routed: leaked route z:8443/,
    ],
    [
      'a removal that was never made',
      ({ stores }) => stores.removals.push({ hostname: 'z', port: 443 }),
      /^routed: leaked removal z:443/,
    ],
    [
      'a route of the proxy',
      ({ stores }) => stores.proxyRoutes.push({ ...stores.proxyRoutes[0]!, hostname: 'z' }),
      /^mc-proxy: leaked route z:8443/,
    ],
    [
      'a map entry of HAProxy',
      ({ haproxy }) => haproxy.entries.push({ mode: 'l4', port: 443, hostname: 'z', backend: 'b:1' }),
      /^HAProxy: leaked map entry l4-443 z \(b:1\)/,
    ],
    [
      'a certificate loaded in HAProxy',
      ({ haproxy }) => haproxy.certificates.push('443-z'),
      /^HAProxy: leaked certificate 443-z/,
    ],
    [
      'a hold',
      ({ haproxy }) => haproxy.others.push('hold-443.map z 1'),
      /^HAProxy: leaked entry hold-443\.map z 1/,
    ],
    [
      'a desired record',
      ({ stores }) => stores.records.push({ owner: OWNER, name: 'z', type: 'A', value: '1' }),
      /^dnsd: leaked record z A 1/,
    ],
    [
      'a record that dnsd takes for its own',
      ({ stores }) => stores.ownedRecords.push({ name: 'z', type: 'A', value: '1' }),
      /^dnsd: leaked owned record z A 1/,
    ],
    [
      'a record of the zone',
      ({ stores }) => stores.zoneRecords.push({ name: 'z', type: 'A', value: '1' }),
      /^MCNS: leaked record z A 1/,
    ],
    [
      'a name that is answered',
      (readings) => addresses(readings).set('z', ['1']),
      /^DNS: leaked name z \(1\)/,
    ],
    [
      'a door that is open',
      ({ doors }) =>
        Object.assign(doors[2]!.reading, { closed: undefined, ...doors[0]!.reading }) &&
        Reflect.deleteProperty(doors[2]!.reading, 'closed'),
      /^TLS through the proxy: leaked door gone:443/,
    ],
    [
      'an operation without an end',
      ({ registry }) =>
        registry.unfinished.push({
          id: 'x',
          kind: 'deploy',
          service: 's',
          state: 'undoing',
          stuck: '["dns"]',
        }),
      /^agent journal: deploy x of s has not ended: undoing, stuck \["dns"\]/,
    ],
  ])('%s', (_what, plant, line) => {
    expect(foundAfter((readings) => void plant(readings))).toContainEqual(expect.stringMatching(line));
  });
});

describe('what is missing or different is reported', () => {
  test.each<[string, (readings: Readings) => unknown, RegExp]>([
    ['a container that is gone', ({ containers }) => containers.pop(), /^engine: no container charlie\/web/],
    [
      'a container that ended',
      ({ containers }) => (containers[0]!.state = 'exited'),
      /^engine: container charlie\/api is ns\.charlie\.api\.2 stopped/,
    ],
    [
      'a container of another image',
      ({ containers }) => (containers[0]!.imageId = 'f'.repeat(64)),
      /^engine: container charlie\/api is .* of image ffffffffffff, should be/,
    ],
    [
      'a container on another port',
      ({ containers }) => (containers[0]!.ports = [1]),
      /^engine: container charlie\/api is ns\.charlie\.api\.2 running on 1 /,
    ],
    ['a lease', ({ stores }) => stores.leases.pop(), /^portd: no lease rift\/charlie web\/web/],
    [
      'a certificate file',
      (readings) => files(readings).delete('charlie.key'),
      /^certificate folder: no file/,
    ],
    [
      'a certificate file of other content',
      (readings) => files(readings).set('charlie.pem', 'x'),
      /^certificate folder: charlie\.pem is not what certd has issued/,
    ],
    ['a route in routed', ({ stores }) => stores.routes.pop(), /^routed: no route/],
    [
      'a route to another backend',
      ({ stores }) => (stores.proxyRoutes[1] = { ...stores.proxyRoutes[1]!, backend: '127.0.0.1:1' }),
      /^mc-proxy: route charlie.*:443 is l7 to 127\.0\.0\.1:1, should be l7 to 127\.0\.0\.1:11002/,
    ],
    ['a map entry', ({ haproxy }) => haproxy.entries.pop(), /^HAProxy: no map entry l7-443 charlie/],
    ['a record of the zone', ({ stores }) => stores.zoneRecords.pop(), /^MCNS: no record charlie/],
    ['a name', (readings) => addresses(readings).set(NAME, []), /^DNS: no name charlie/],
    [
      'an answer of another version',
      ({ doors }) => Object.assign(doors[0]!.reading, { version: 'v1' }),
      /^TLS through the proxy: door charlie.*:8443 is version v1 from container a+, should be version v2/,
    ],
    [
      'an answer of a container that is not recorded',
      ({ doors }) => Object.assign(doors[1]!.reading, { container: 'eeeeeeeeeeee' }),
      /^TLS through the proxy: door charlie.*:443 is version v2 from container eeeeeeeeeeee/,
    ],
    [
      'a certificate that is not the one on disk',
      ({ doors }) => Object.assign(doors[1]!.reading, { fingerprint: '00:11' }),
      /^TLS through the proxy: door charlie.*:443 .* with certificate 00:11, should be/,
    ],
  ])('%s', (_what, plant, line) => {
    expect(foundAfter((readings) => void plant(readings))).toContainEqual(expect.stringMatching(line));
  });
});

test('a stopped service keeps leases, certificates and stopped containers, and is closed from outside', () => {
  const stop = (readings: Readings) => {
    readings.registry.services[0]!.active = false;
    for (const container of readings.containers) container.state = 'exited';
    Object.assign(readings.stores, {
      routes: [],
      records: [],
      ownedRecords: [],
      proxyRoutes: [],
      zoneRecords: [],
    });
    Object.assign(readings.haproxy, { entries: [], certificates: [], listed: [] });
    addresses(readings).set(NAME, []);
    Object.assign(readings, { doors: [] });
  };
  expect(foundAfter(stop)).toEqual([]);
  const runs = foundAfter((readings) => {
    stop(readings);
    readings.containers[0]!.state = 'running';
  });
  expect(runs).toEqual([expect.stringMatching(/^engine: container charlie\/api is .* running/)]);
});
