import { ComponentState } from '@mcp/proto/agent';
import { RecordState } from '@mcp/proto/dnsd';
import { RouteState } from '@mcp/proto/routed';
import { expect, test } from 'vitest';
import type { Observed } from '../status/observe.ts';
import type { RegisteredService } from '../store.ts';
import { messageOf } from './finding.ts';
import { findingsOf } from './findings.ts';
import { strayFindings } from './strays.ts';
import { container, inPlace, registered, status, offAir } from './test-service.ts';

const knowsOperation = (id: string) => id === 'op1' || id === 'op0';

/** What is found: state, who repairs, and what the operator reads. */
function found(observed: Partial<Observed>, service: RegisteredService = registered()): string[][] {
  return findingsOf(service, { ...inPlace(), ...observed }, knowsOperation).map((each) => [
    each.state,
    each.repairedBy,
    messageOf(each, true),
  ]);
}

const stopped = registered({ active: false });

/** The service with another restart policy. */
function restarting(restart: string): RegisteredService {
  const service = registered();
  const { spec } = service.generation;
  const components = spec.components.map((each) => ({ ...each, restart }));
  return { ...service, generation: { ...service.generation, spec: { ...spec, components } } };
}

const exited = (exitCode: number) => ({
  components: [{ ...status, state: ComponentState.EXITED, exitCode }],
});
const route = (state: RouteState) => ({ routes: [{ ...inPlace().routes![0]!, state }] });
const record = (state: RecordState) => ({ records: [{ ...inPlace().records![0]!, state }] });
const certificate = (lastError: string) => ({
  certificates: [{ ...inPlace().certificates![0]!, lastError }],
});

test('nothing is found of a service with everything in place', () => {
  expect(found({})).toEqual([]);
});

test.each<[string, Partial<Observed>, [string, string, string]]>([
  [
    'a missing container',
    { components: [{ ...status, state: ComponentState.MISSING }], containers: [] },
    ['missing', 'agent', 'front: container web.front.1 is missing'],
  ],
  [
    'a container that ended',
    exited(137),
    ['exited', 'agent', 'front: container web.front.1 exited with code 137; see mcp logs web front'],
  ],
  [
    'a container that does not answer',
    { components: [{ ...status, state: ComponentState.UNHEALTHY }] },
    [
      'unhealthy',
      'agent',
      'front: container web.front.1 does not answer its health check; see mcp logs web front',
    ],
  ],
  [
    'another container of the same name',
    { containers: [{ ...container, specHash: 'other' }] },
    ['differs', 'agent', 'front: container web.front.1 is not the one that was deployed'],
  ],
  [
    'a container that an operation left',
    { containers: [container, { ...container, name: 'web.front.0', operation: 'op0' }] },
    ['leftover', 'agent', 'container web.front.0 is left over from operation op0'],
  ],
  [
    'a container of nobody',
    { containers: [container, { ...container, name: 'copy', operation: 'by hand' }] },
    [
      'foreign',
      'operator',
      'container copy has the labels of web, and no operation of this agent made it: it is left alone; remove it yourself when nobody needs it',
    ],
  ],
  [
    'a route gone from the proxy',
    route(RouteState.MISSING),
    ['missing', 'daemon', 'web.svc.example.net:443 is missing in the proxy, routed will put it back'],
  ],
  [
    'a route changed in the proxy',
    route(RouteState.DIFFERS),
    ['differs', 'daemon', 'web.svc.example.net:443 differs in the proxy, routed will put it right'],
  ],
  [
    'a proxy that routed cannot ask',
    route(RouteState.UNKNOWN),
    ['unknown', 'daemon', 'web.svc.example.net:443 is unknown: the proxy does not answer routed'],
  ],
  [
    'a route gone from routed',
    { routes: [] },
    ['lost', 'agent', 'web.svc.example.net:443 is not known to routed'],
  ],
  [
    'a record gone from the DNS server',
    record(RecordState.MISSING),
    ['missing', 'daemon', 'web.svc.example.net 10.0.0.1 is missing at the DNS server, dnsd will put it back'],
  ],
  [
    'a record changed at the DNS server',
    record(RecordState.DIFFERS),
    ['differs', 'daemon', 'web.svc.example.net 10.0.0.1 differs at the DNS server, dnsd will put it right'],
  ],
  [
    'a DNS server that dnsd cannot ask',
    record(RecordState.UNKNOWN),
    ['unknown', 'daemon', 'web.svc.example.net 10.0.0.1 is unknown: the DNS server does not answer dnsd'],
  ],
  [
    'a record gone from dnsd',
    { records: [] },
    ['lost', 'agent', 'web.svc.example.net 10.0.0.1 is not known to dnsd'],
  ],
  [
    'a certificate gone from certd',
    { certificates: [] },
    ['lost', 'agent', 'web.svc.example.net has no certificate'],
  ],
  [
    'a certificate that could not be renewed',
    certificate('the CA is down'),
    ['not renewed', 'daemon', 'web.svc.example.net could not be renewed, it is tried again: the CA is down'],
  ],
  ['a lease gone from portd', { leases: [] }, ['lost', 'agent', 'front: port 20002 is not leased at portd']],
  [
    'another port leased',
    { leases: [{ ...inPlace().leases![0]!, port: 20_009 }] },
    ['differs', 'agent', 'front: port 20002 is leased as 20009 at portd'],
  ],
  [
    'the port leased for another generation only',
    { leases: [] },
    ['lost', 'agent', 'front: port 20002 is not leased at portd'],
  ],
])('%s', (_, observed, expected) => {
  expect(found(observed)).toEqual([expected]);
});

test('what the daemons keep and no generation asks for is left over', () => {
  const { leases, certificates, routes, records } = inPlace();
  const lease = { ...leases![0]!, generation: 2n, port: 20_009 };
  const other = 'old.svc.example.net';
  const extra = {
    leases: [...leases!, lease],
    certificates: [...certificates!, { ...certificates![0]!, hostname: other }],
    routes: [...routes!, { ...routes![0]!, route: { ...routes![0]!.route!, hostname: other } }],
    records: [...records!, { ...records![0]!, record: { ...records![0]!.record!, name: other } }],
  };
  expect(found(extra)).toEqual([
    ['leftover', 'agent', `${other}:443 is kept by routed and of no use any more`],
    ['leftover', 'agent', `${other} 10.0.0.1 is kept by dnsd and of no use any more`],
    ['leftover', 'agent', `${other} is kept by certd and of no use any more`],
    ['leftover', 'agent', 'front: port 20009 is kept by portd and of no use any more'],
  ]);
});

test.each([
  ['unless-stopped', 0, 'agent'],
  ['always', 0, 'agent'],
  ['on-failure', 3, 'agent'],
  ['on-failure:2', 3, 'agent'],
  ['on-failure:2', 0, 'operator'],
  ['no', 3, 'operator'],
])('with restart = "%s", exit code %i is for the %s', (restart, exitCode, repairedBy) => {
  expect(found(exited(exitCode), restarting(restart))).toEqual([['exited', repairedBy, expect.any(String)]]);
});

test.each<[string, Partial<Observed>, string[][]]>([
  [
    'a container that runs',
    {},
    [['running', 'agent', 'front: container web.front.1 runs, and web is stopped']],
  ],
  [
    'no container, route or record',
    {
      components: [{ ...status, state: ComponentState.STOPPED }],
      containers: [],
      routes: [],
      records: [],
    },
    [],
  ],
  [
    'a lease that is gone',
    { components: [{ ...status, state: ComponentState.STOPPED }], leases: [] },
    [['lost', 'agent', 'front: port 20002 is not leased at portd']],
  ],
  [
    'a container that an operation left, which its next start removes',
    {
      components: [{ ...status, state: ComponentState.STOPPED }],
      containers: [{ ...container, name: 'web.front.0', running: false }],
    },
    [['leftover', 'operator', 'container web.front.0 is left over from operation op1']],
  ],
])('of a stopped service: %s', (_, observed, expected) => {
  expect(found({ ...offAir, ...observed }, stopped)).toEqual(expected);
});

test('a stopped service that is on the air still is not as it should be', () => {
  const stoppedContainer = { components: [{ ...status, state: ComponentState.STOPPED }] };
  expect(found(stoppedContainer, stopped)).toEqual([
    ['leftover', 'agent', 'web.svc.example.net:443 is kept by routed and of no use any more'],
    ['leftover', 'agent', 'web.svc.example.net 10.0.0.1 is kept by dnsd and of no use any more'],
  ]);
});

test('who does not answer finds nothing', () => {
  const nobody = {
    components: [],
    containers: undefined,
    leases: undefined,
    certificates: undefined,
    routes: undefined,
    records: undefined,
  };
  expect(found(nobody)).toEqual([]);
});

test('without reconcile the operator is told to deploy again where the agent would repair', () => {
  const observed = { ...inPlace(), ...exited(1), ...route(RouteState.MISSING) };
  const messages = findingsOf(registered(), observed, knowsOperation).map((each) => messageOf(each, false));
  expect(messages).toEqual([
    'front: container web.front.1 exited with code 1: deploy again; see mcp logs web front',
    'web.svc.example.net:443 is missing in the proxy, routed will put it back',
  ]);
});

test('the key stays while the same thing stands differently, and tells things apart', () => {
  const keys = (observed: Partial<Observed>) =>
    findingsOf(registered(), { ...inPlace(), ...observed }, knowsOperation).map(({ key }) => key);
  expect(keys(exited(1))).toEqual(keys({ components: [{ ...status, state: ComponentState.MISSING }] }));
  const all = keys({ ...exited(1), leases: [], certificates: [], routes: [], records: [] });
  expect(new Set(all).size).toBe(5);
});

test('what is left of a service that is not registered is for undeploy', () => {
  const strays = [container, { ...container, name: 'copy', operation: 'by hand' }];
  const told = strayFindings(strays, knowsOperation).map((each) => [
    each.state,
    each.repairedBy,
    messageOf(each, true),
  ]);
  expect(told).toEqual([
    [
      'leftover',
      'operator',
      'container web.front.1 is left over from operation op1; mcp undeploy web removes it',
    ],
    ['foreign', 'operator', expect.stringContaining('container copy has the labels of web')],
  ]);
});
