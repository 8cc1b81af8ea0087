import { RouteMode } from '@mcp/proto/routed';
import { describe, expect, test } from 'vitest';
import {
  addressesOf,
  certificateHostnames,
  dnsRecords,
  isWithin,
  proxyRoutes,
  startLevels,
  unionOfSlots,
} from './desired.ts';
import { webSpec } from './fake-fleet.ts';

const spec = webSpec('v1');

describe('what a spec wants of the outside', () => {
  test('a certificate for l7 routes only', () => {
    expect(certificateHostnames(spec)).toEqual(['web.svc.example.net']);
    const l4 = { ...spec, components: spec.components.slice(0, 1) };
    expect(certificateHostnames(l4)).toEqual([]);
  });

  test('routes to the leased ports, with a certificate where TLS ends at the proxy', () => {
    const ports = [
      { component: 'api', route: '', generation: 1, port: 20_001 },
      { component: 'front', route: '', generation: 1, port: 20_002 },
    ];
    const files = { hostname: 'web.svc.example.net', certificatePath: '/c.pem', keyPath: '/c.key' };
    expect(proxyRoutes(spec, '::1', ports, [files])).toMatchObject([
      { port: 8443, mode: RouteMode.L4, backend: '[::1]:20001', certificatePath: '' },
      { port: 443, mode: RouteMode.L7, backend: '[::1]:20002', certificatePath: '/c.pem', keyPath: '/c.key' },
    ]);
  });

  test('a record per name and address, A and AAAA, and none outside the service domain', () => {
    const records = dnsRecords(spec, 'svc.example.net', ['10.0.0.1', 'fd00::1']);
    expect(records.map(({ name, type, value }) => [name, type, value])).toEqual([
      ['web.svc.example.net', 1, '10.0.0.1'],
      ['web.svc.example.net', 2, 'fd00::1'],
    ]);
    expect(dnsRecords(spec, 'other.net', ['10.0.0.1'])).toEqual([]);
  });
});

test('components start after what they depend on', () => {
  expect(startLevels(spec.components).map((level) => level.map(({ name }) => name))).toEqual([
    ['api'],
    ['front'],
  ]);
});

test('components that are told a port that moved start after the one that moved, unless it depends on them', () => {
  const [api, front] = spec.components;
  const names = (levels: ReturnType<typeof startLevels>) =>
    levels.map((level) => level.map(({ name }) => name));
  const independent = [api!, { ...front!, dependsOn: [] }];
  expect(names(startLevels(independent))).toEqual([['api', 'front']]);
  expect(names(startLevels(independent, new Set(['front'])))).toEqual([['front'], ['api']]);
  expect(names(startLevels(spec.components, new Set(['front'])))).toEqual([['api'], ['front']]);
});

test('a union names each slot once', () => {
  const slot = (component: string, generation: number) => ({ component, route: '', generation });
  const leased = (component: string, port: number) => ({ ...slot(component, 1), port });
  const held = [leased('api', 20_001), leased('web', 20_002)];
  expect(unionOfSlots(held, [slot('web', 1), slot('web', 2)])).toEqual([...held, slot('web', 2)]);
});

test.each([
  ['example.net', 'example.net', true],
  ['web.example.net', 'example.net', true],
  ['badexample.net', 'example.net', false],
])('%s within %s is %s', (hostname, domain, within) => {
  expect(isWithin(hostname, domain)).toBe(within);
});

test('addresses are what a user would type', () => {
  const route = { hostname: 'a.b', backend: '', backendTls: false, certificatePath: '', keyPath: '' };
  expect(
    addressesOf([
      { ...route, port: 443, mode: RouteMode.L7 },
      { ...route, port: 8443, mode: RouteMode.L7 },
      { ...route, port: 9443, mode: RouteMode.L4 },
    ]),
  ).toEqual(['https://a.b', 'https://a.b:8443', 'tls://a.b:9443']);
});
