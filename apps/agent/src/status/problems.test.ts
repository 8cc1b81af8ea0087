import { ComponentState } from '@mcp/proto/agent';
import { RouteMode, RouteState } from '@mcp/proto/routed';
import { expect, test } from 'vitest';
import { webSpec } from '../fake-fleet.ts';
import type { Observed } from './observe.ts';
import { findProblems } from './problems.ts';

const route = {
  hostname: 'web.svc.example.net',
  port: 443,
  mode: RouteMode.L7,
  backend: '127.0.0.1:20002',
  backendTls: false,
  certificatePath: '/c.pem',
  keyPath: '/c.key',
};

const service = {
  name: 'web',
  active: true,
  generation: {
    number: 1,
    spec: webSpec('v1'),
    ports: [{ component: 'front', route: '', generation: 1, port: 20_002 }],
    hostnames: ['web.svc.example.net'],
    routes: [route],
    records: [],
    containers: [],
    imageIds: {},
  },
};

const component = {
  component: 'front',
  state: ComponentState.RUNNING,
  image: '',
  version: '',
  runningImage: '',
  container: 'web.front.1',
  containerId: '',
  startedAt: undefined,
  exitCode: 0,
  generation: 1n,
};

const certificate = {
  owner: 'rift/web',
  hostname: 'web.svc.example.net',
  issuer: '',
  serial: '',
  notBefore: undefined,
  notAfter: undefined,
  renewAt: undefined,
  certificatePath: '',
  keyPath: '',
  fingerprint: '',
  newlyIssued: false,
  lastError: '',
};

const healthy: Observed = {
  components: [component],
  containers: [],
  leases: [
    { owner: 'rift/web', component: 'front', route: '', port: 20_002, generation: 1n, createdAt: undefined },
  ],
  certificates: [certificate],
  routes: [{ route, owner: 'rift/web', state: RouteState.IN_STEP }],
  records: [],
  unanswered: [],
};

const context = { unfinished: [], knowsOperation: () => true, reconcile: false };

const messages = (observed: Partial<Observed>) =>
  findProblems(service, { ...healthy, ...observed }, context).map(({ message }) => message);

test('a service with everything in place has no problems', () => {
  expect(messages({})).toEqual([]);
});

test.each([
  [
    'a container that ended',
    { components: [{ ...component, state: ComponentState.EXITED, exitCode: 137 }] },
    'front: container web.front.1 exited with code 137: deploy again; see mcp logs web front',
  ],
  [
    'a route that is gone from the proxy',
    { routes: [{ route, owner: 'rift/web', state: RouteState.MISSING }] },
    'web.svc.example.net:443 is missing in the proxy, routed will put it back',
  ],
  ['a lease that is gone', { leases: [] }, 'front: port 20002 is not leased at portd: deploy again'],
  [
    'a certificate that is gone',
    { certificates: [] },
    'web.svc.example.net has no certificate: deploy again',
  ],
  [
    'a certificate that could not be renewed',
    { certificates: [{ ...certificate, lastError: 'the CA is down' }] },
    'web.svc.example.net could not be renewed, it is tried again: the CA is down',
  ],
])('%s is a problem', (_, observed, message) => {
  expect(messages(observed)).toEqual([message]);
});

test('a daemon that does not answer is one problem, not one per thing that it holds', () => {
  const unanswered = [{ resource: 'route', message: 'routed: list routes: connection refused' }];
  expect(messages({ routes: undefined, unanswered })).toEqual(['routed: list routes: connection refused']);
});
