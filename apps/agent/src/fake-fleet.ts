import { ServiceError } from '@mcp/daemon/errors';
import { ServiceSpec, UpdateStrategy } from '@mcp/proto/agent';
import type { Record as DnsRecord } from '@mcp/proto/dnsd';
import type { Slot } from '@mcp/proto/portd';
import { RouteMode, type Route } from '@mcp/proto/routed';
import { label } from './containers/options.ts';
import type { Containers } from './containers/containers.ts';
import type { Peers } from './peers.ts';
import type { Proof } from './proof.ts';

/** A call that fails, once: by its name or by its number since the last `fail`, before or after it took effect. */
export interface Failure {
  call: string | number;
  when: 'before' | 'after';
  /** Calls that fail; default 1. */
  times?: number;
}

/** What a fake fleet holds. Plain data, so that two states can be compared. */
export interface FleetState {
  leases: Record<string, number>;
  certificates: string[];
  routes: Route[];
  /** "hostname:port" of the routes whose requests wait. */
  holds: string[];
  records: DnsRecord[];
  containers: Record<string, FakeContainer>;
}

export interface FakeContainer {
  component: string;
  generation: number;
  specHash: string;
  operation: string;
  running: boolean;
  labels: Record<string, string>;
}

/** Calls that only ask. */
const questions = new Set(['process', 'list', 'findImage', 'countConnections', 'checkRoutes', 'listed']);

/**
 * The daemons and the engine of a node, for tests: in memory, but with state that calls change
 * and that outlives the agent's.
 */
export function createFakeFleet() {
  const state: FleetState = {
    leases: {},
    certificates: [],
    routes: [],
    holds: [],
    records: [],
    containers: {},
  };
  const trace: string[] = [];
  let failure: Failure | undefined;
  let watcher: (call: string, number: number, when: 'before' | 'after') => void = () => undefined;
  let dead = false;
  let nextPort = 20_000;

  function isFailing(call: string, number: number): Failure | undefined {
    if (failure?.call !== call && failure?.call !== number) return undefined;
    const failing = failure;
    const left = (failing.times ?? 1) - 1;
    failure = left > 0 ? { ...failing, times: left } : undefined;
    return failing;
  }

  async function act<Result>(call: string, effect: () => Result): Promise<Result> {
    // An agent that was killed neither acts nor hears.
    if (dead) return new Promise<never>(() => undefined);
    const number = questions.has(call) ? -1 : trace.push(call) - 1;
    const failing = isFailing(call, number);
    watcher(call, number, 'before');
    if (dead) return new Promise<never>(() => undefined);
    if (failing?.when === 'before') throw new ServiceError('unavailable', `${call} was not reached`);
    const result = effect();
    watcher(call, number, 'after');
    if (dead) return new Promise<never>(() => undefined);
    if (failing) throw new ServiceError('unavailable', `${call} was done, its answer was lost`);
    return result;
  }

  const keyOf = ({ component, route, generation }: Partial<Slot>) => `${component}/${route}/${generation}`;
  const lease = (slots: readonly Partial<Slot>[]) => {
    state.leases = Object.fromEntries(
      slots.map((slot) => [keyOf(slot), state.leases[keyOf(slot)] ?? nextPort++]),
    );
    return {
      leases: slots.map((slot) => ({
        owner: '',
        component: slot.component ?? '',
        route: slot.route ?? '',
        generation: slot.generation ?? 0n,
        port: state.leases[keyOf(slot)]!,
        createdAt: undefined,
      })),
    };
  };
  const routeKeys = (routes: readonly { hostname?: string; port?: number }[]) =>
    routes.map(({ hostname, port }) => `${hostname}:${port}`);

  const peers = {
    portd: {
      leasePorts: ({ slots = [] }: { slots?: Partial<Slot>[] }) => act('leasePorts', () => lease(slots)),
      releasePorts: () => act('releasePorts', () => lease([])),
      listLeases: () => act('listed', () => ({ leases: Object.keys(state.leases) })),
    },
    certd: {
      ensureCertificates: ({ hostnames = [] }: { hostnames?: string[] }) =>
        act('ensureCertificates', () => {
          state.certificates = [...hostnames].sort();
          return {
            certificates: hostnames.map(certificateFilesOf),
          };
        }),
      releaseCertificates: () => act('releaseCertificates', () => ((state.certificates = []), {})),
      listCertificates: () =>
        act('listed', () => ({ certificates: state.certificates.map(certificateFilesOf) })),
    },
    routed: {
      checkRoutes: () => act('checkRoutes', () => ({})),
      applyRoutes: ({ routes = [] }: { routes?: Route[] }) =>
        act('applyRoutes', () => {
          state.routes = [...routes];
          state.holds = state.holds.filter((key) => routeKeys(routes).includes(key));
          return {};
        }),
      holdRoutes: ({ routes = [] }: { routes?: { hostname?: string; port?: number }[] }) =>
        act('holdRoutes', () => {
          state.holds = [...new Set([...state.holds, ...routeKeys(routes)])].sort();
          return {};
        }),
      resumeRoutes: ({ routes = [] }: { routes?: { hostname?: string; port?: number }[] }) =>
        act('resumeRoutes', () => {
          state.holds = state.holds.filter((key) => !routeKeys(routes).includes(key));
          return {};
        }),
      countConnections: ({ backends = [] }: { backends?: string[] }) =>
        act('countConnections', () => ({
          backends: backends.map((backend) => ({ backend, requests: 0, streams: 0 })),
        })),
      listRoutes: () =>
        act('listed', () => ({ routes: state.routes.map((route) => ({ route, owner: '', state: 1 })) })),
    },
    dnsd: {
      applyRecords: ({ records = [] }: { records?: DnsRecord[] }) =>
        act('applyRecords', () => ((state.records = [...records]), {})),
      listRecords: () => act('listed', () => ({ records: state.records })),
    },
  } as unknown as Peers;

  function container(name: string): FakeContainer {
    const found = state.containers[name];
    if (found) return found;
    throw new ServiceError('failed_precondition', `no such container ${name}`);
  }

  const containers: Containers = {
    list: () =>
      act('list', () =>
        Object.entries(state.containers).map(([name, each]) => ({
          ...each,
          id: name,
          name,
          service: 'web',
          image: '',
        })),
      ),
    findImage: (reference) => act('findImage', () => imageIdOf(reference)),
    ensureImage: (reference) => act('findImage', () => imageIdOf(reference)),
    ensureNetwork: async () => undefined,
    create: ({ name, specHash, options }) =>
      act('create', () => {
        if (state.containers[name]?.specHash === specHash) return name;
        const labels = options.Labels ?? {};
        state.containers[name] = {
          component: labels[label.component]!,
          generation: Number(labels[label.generation]),
          specHash: labels[label.specHash]!,
          operation: labels[label.operation]!,
          running: false,
          labels,
        };
        return name;
      }),
    start: (name) => act('start', () => void (container(name).running = true)),
    stop: (name) =>
      act('stop', () => {
        const found = state.containers[name];
        if (found) found.running = false;
      }),
    restart: (name) => act('restart', () => void (container(name).running = true)),
    remove: (name) => act('remove', () => void delete state.containers[name]),
    process: (name) =>
      act('process', () => {
        const found = state.containers[name];
        return found && { running: found.running, startedAt: undefined, exitCode: 0, restartCount: 0 };
      }),
    run: () => act('run', () => 0),
    async *logs() {},
    async *events() {},
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
    /** Every call that changes something, since the last `fail`. */
    trace,
    fail(next: Failure | undefined) {
      failure = next;
      trace.length = 0;
    },
    /** Like fail, without forgetting what was called: for a call that comes after another failure. */
    failLater: (next: Failure) => void (failure = next),
    /** Is told of every call, before and after it takes effect. */
    watch: (next: typeof watcher) => void (watcher = next),
    /** From now on no call ends: the agent that makes them was killed. */
    kill: () => void (dead = true),
    /** Another agent may call. */
    revive: () => void (dead = false),
    snapshot: (): FleetState => structuredClone(state),
  };
}

function certificateFilesOf(hostname: string) {
  return {
    hostname,
    certificatePath: `/certs/${hostname}.pem`,
    keyPath: `/certs/${hostname}.key`,
    newlyIssued: false,
  };
}

/** An image by its id is there too. */
function imageIdOf(reference: string): string {
  return reference.startsWith('id of ') ? reference : `id of ${reference}`;
}

/** A spec with two components, an l7 and an l4 route, and health checks that need no network. */
export function webSpec(version: string, strategy: UpdateStrategy = UpdateStrategy.RECREATE): ServiceSpec {
  const component = (name: string, mode: RouteMode, port: number) => ({
    name,
    image: `localhost/${name}:${version}`,
    version,
    network: 'mcpnet',
    user: '0:0',
    restart: 'unless-stopped',
    strategy,
    health: { command: ['true'] },
    routes: [{ port, mode, hostname: 'web.svc.example.net' }],
  });
  return ServiceSpec.fromPartial({
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
