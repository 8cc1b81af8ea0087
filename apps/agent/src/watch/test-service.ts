import { ComponentState, type ComponentStatus } from '@mcp/proto/agent';
import { RecordState, RecordType } from '@mcp/proto/dnsd';
import { RouteMode, RouteState } from '@mcp/proto/routed';
import { webSpec } from '../fake-fleet.ts';
import type { Observed } from '../status/observe.ts';
import type { RegisteredService } from '../store.ts';

const HOSTNAME = 'web.svc.example.net';

const route = {
  hostname: HOSTNAME,
  port: 443,
  mode: RouteMode.L7,
  backend: '127.0.0.1:20002',
  backendTls: false,
  certificatePath: '/c.pem',
  keyPath: '/c.key',
};
const record = { name: HOSTNAME, type: RecordType.A, value: '10.0.0.1', ttl: 0 };

export const status: ComponentStatus = {
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

export const container = {
  id: 'c1',
  name: 'web.front.1',
  service: 'web',
  component: 'front',
  generation: 1,
  specHash: 'hash1',
  operation: 'op1',
  image: '',
  running: true,
  labels: {},
};

/** A service with one of everything. */
export function registered(changes: Partial<RegisteredService> = {}): RegisteredService {
  return {
    name: 'web',
    active: true,
    generation: {
      number: 1,
      spec: webSpec('v1'),
      ports: [{ component: 'front', route: '', generation: 1, port: 20_002 }],
      hostnames: [HOSTNAME],
      routes: [route],
      records: [record],
      containers: [{ component: 'front', name: 'web.front.1', specHash: 'hash1' }],
      imageIds: {},
    },
    ...changes,
  };
}

/** What is seen beside the containers of a service that was stopped: no routes, no records. */
export const offAir: Partial<Observed> = { routes: [], records: [] };

/** That service with everything in place. */
export function inPlace(): Observed {
  const owner = 'rift/web';
  return {
    components: [status],
    containers: [container],
    leases: [{ owner, component: 'front', route: '', generation: 1n, port: 20_002, createdAt: undefined }],
    certificates: [
      {
        owner,
        hostname: HOSTNAME,
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
      },
    ],
    routes: [{ route, owner, state: RouteState.IN_STEP }],
    records: [{ record, owner, zone: '', provider: '', state: RecordState.IN_STEP }],
    unanswered: [],
  };
}
