import { ServiceError } from '@mcp/daemon/errors';
import type { ServiceSpec } from '@mcp/proto/agent';
import { ServiceSpec as ServiceSpecMessage } from '@mcp/proto/agent';
import type { Record as DnsRecord } from '@mcp/proto/dnsd';
import { RouteMode, type Route } from '@mcp/proto/routed';
import { label } from './containers/options.ts';
import type { Containers } from './containers/containers.ts';
import type { Peers } from './peers.ts';
import type { Proof } from './proof.ts';

/** A call that fails: before or after it took effect. */
export interface Failure {
  call: string;
  when: 'before' | 'after';
}

/** What a fake fleet holds. Plain data, so that two states can be compared. */
export interface FleetState {
  leases: Record<string, number>;
  certificates: string[];
  routes: Route[];
  records: DnsRecord[];
  containers: Record<string, { component: string; specHash: string; running: boolean }>;
}

/** Every call that a fake fleet can be told to fail. */
export const calls = [
  'checkRoutes',
  'leasePorts',
  'ensureCertificates',
  'applyRoutes',
  'applyRecords',
  'create',
  'start',
  'stop',
  'run',
  'prove',
] as const;

/**
 * The daemons and the engine of a node, for tests: in memory, but with state that calls change
 * and that outlives the agent's. A failing call fails once.
 */
export function createFakeFleet() {
  const state: FleetState = { leases: {}, certificates: [], routes: [], records: [], containers: {} };
  let failure: Failure | undefined;
  let nextPort = 20_000;

  async function act<Result>(call: string, effect: () => Result): Promise<Result> {
    const failing = failure?.call === call ? failure : undefined;
    if (failing) failure = undefined;
    if (failing?.when === 'before') throw new ServiceError('unavailable', `${call} was not reached`);
    const result = effect();
    if (failing) throw new ServiceError('unavailable', `${call} was done, its answer was lost`);
    return result;
  }

  const lease = (slots: readonly { component?: string; route?: string }[]) => {
    const keys = slots.map(({ component, route }) => `${component}/${route}`);
    state.leases = Object.fromEntries(keys.map((key) => [key, state.leases[key] ?? nextPort++]));
    return {
      leases: slots.map(({ component = '', route = '' }) => ({
        owner: '',
        component,
        route,
        port: state.leases[`${component}/${route}`]!,
        createdAt: undefined,
      })),
    };
  };

  const peers = {
    portd: {
      leasePorts: ({ slots = [] }: { slots?: { component?: string; route?: string }[] }) =>
        act('leasePorts', () => lease(slots)),
      releasePorts: () => act('releasePorts', () => lease([])),
      listLeases: async () => ({ leases: Object.keys(state.leases) }),
    },
    certd: {
      ensureCertificates: ({ hostnames = [] }: { hostnames?: string[] }) =>
        act('ensureCertificates', () => {
          state.certificates = [...hostnames].sort();
          return {
            certificates: hostnames.map((hostname) => ({
              hostname,
              certificatePath: `/certs/${hostname}.pem`,
              keyPath: `/certs/${hostname}.key`,
              newlyIssued: false,
            })),
          };
        }),
      releaseCertificates: () => act('releaseCertificates', () => ((state.certificates = []), {})),
      listCertificates: async () => ({ certificates: state.certificates }),
    },
    routed: {
      checkRoutes: () => act('checkRoutes', () => ({})),
      applyRoutes: ({ routes = [] }: { routes?: Route[] }) =>
        act('applyRoutes', () => ((state.routes = [...routes]), {})),
      listRoutes: async () => ({ routes: state.routes }),
    },
    dnsd: {
      applyRecords: ({ records = [] }: { records?: DnsRecord[] }) =>
        act('applyRecords', () => ((state.records = [...records]), {})),
      listRecords: async () => ({ records: state.records }),
    },
  } as unknown as Peers;

  const containers: Containers = {
    list: async () =>
      Object.entries(state.containers).map(([name, container]) => ({
        ...container,
        id: name,
        name,
        service: 'web',
        generation: 0,
        image: '',
      })),
    findImage: async (reference) => `id of ${reference}`,
    ensureImage: async (reference) => `id of ${reference}`,
    ensureNetwork: async () => undefined,
    create: ({ name, options }) =>
      act('create', () => {
        const labels = options.Labels ?? {};
        state.containers[name] = {
          component: labels[label.component]!,
          specHash: labels[label.specHash]!,
          running: false,
        };
        return name;
      }),
    start: (name) => act('start', () => void (state.containers[name]!.running = true)),
    stop: (name) =>
      act('stop', () => {
        const container = state.containers[name];
        if (container) container.running = false;
      }),
    restart: (name) => act('restart', () => void (state.containers[name]!.running = true)),
    remove: (name) => act('remove', () => void delete state.containers[name]),
    process: async (name) => {
      const container = state.containers[name];
      return container && { running: container.running, startedAt: undefined, exitCode: 0, restartCount: 0 };
    },
    run: () => act('run', () => 0),
    async *logs() {},
    version: async () => 'fake',
  };

  const proof: Proof = {
    records: async () => 'names',
    routes: () => act('prove', () => 'routes'),
  };

  return {
    state,
    peers,
    containers,
    proof,
    fail: (next: Failure | undefined) => void (failure = next),
    snapshot: (): FleetState => structuredClone(state),
  };
}

/** A spec with two components, an l7 and an l4 route, and health checks that need no network. */
export function webSpec(version: string): ServiceSpec {
  const component = (name: string, mode: RouteMode, port: number) => ({
    name,
    image: `localhost/${name}:${version}`,
    version,
    network: 'mcpnet',
    user: '0:0',
    restart: 'unless-stopped',
    health: { command: ['true'] },
    routes: [{ port, mode, hostname: 'web.svc.example.net' }],
  });
  return ServiceSpecMessage.fromPartial({
    name: 'web',
    node: 'rift',
    version,
    active: true,
    components: [
      component('api', RouteMode.L4, 8443),
      { ...component('front', RouteMode.L7, 443), dependsOn: ['api'] },
    ],
  });
}
