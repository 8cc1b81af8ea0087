import { EventEmitter, on } from 'node:events';
import type { AccessMap } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import type { RpcServer } from '@mcp/daemon/server';
import { pause } from '@mcp/daemon/wait';
import {
  AgentServiceDefinition,
  ChangeAction,
  LogStream,
  type AgentServiceImplementation,
  type Event,
  type Generation,
  type LogsRequest,
  type Operation,
  type Problem,
  type PurgeRequest,
  type ServiceSpec,
} from '@mcp/proto/agent';
import { createFakeOperations, type FakeOperationOptions } from './fake-operations.ts';
import { DAY_MS, statusOf, type FakeService } from './fake-status.ts';

/** How the fake behaves apart from doing what it is asked. */
export interface FakeAgentOptions extends FakeOperationOptions {
  node: string;
  /** Lines of each component's log. */
  logLines: readonly string[];
}

/** A generation and what it deployed. */
type Recorded = Omit<Generation, 'current'> & { spec: ServiceSpec };

/** An agent without containers: it remembers services and what was done, and answers for them. */
export interface FakeAgent {
  options: FakeAgentOptions;
  services: Map<string, FakeService>;
  /** Newest first. */
  operations: Operation[];
  /** By service, newest first; of services that are gone too. */
  generations: Map<string, Recorded[]>;
  /** Reported of every active service, beside its missing route. */
  problems: Problem[];
  logRequests: LogsRequest[];
  purgeRequests: PurgeRequest[];
  /** Lets operations that wait at a step go on. */
  goOn(): void;
  /** Lets the agent have seen something. */
  see(event: Partial<Event>): void;
  addTo(server: RpcServer): void;
}

export function createFakeAgent(overrides: Partial<FakeAgentOptions> = {}): FakeAgent {
  const options: FakeAgentOptions = {
    node: 'rift',
    steps: ['check', 'ports', 'container api', 'routes'],
    stepMs: 0,
    logLines: ['ready', 'GET / 200'],
    ...overrides,
  };
  const services = new Map<string, FakeService>();
  const generations = new Map<string, Recorded[]>();
  const events: Event[] = [];
  const seen = new EventEmitter();
  const problems: Problem[] = [];
  const logRequests: LogsRequest[] = [];
  const purgeRequests: PurgeRequest[] = [];
  const operations = createFakeOperations(options, (name) => {
    const service = services.get(name);
    if (!service?.active) return { generation: 0n, addresses: [] };
    const addresses = service.spec.components.flatMap(({ routes }) =>
      routes.map(({ port }) => `https://${name}.test:${port}`),
    );
    return { generation: service.generation, addresses };
  });

  function require(name: string): FakeService {
    const found = services.get(name);
    if (found) return found;
    throw new ServiceError('not_found', `service ${name} is not on node ${options.node}`);
  }

  function requireGenerations(name: string): Recorded[] {
    const found = generations.get(name);
    if (found) return found;
    throw new ServiceError('not_found', `nothing is known of ${name} on node ${options.node}`);
  }

  function record(spec: ServiceSpec): void {
    const before = generations.get(spec.name) ?? [];
    const number = (before[0]?.number ?? 0n) + 1n;
    const { version } = spec;
    generations.set(spec.name, [{ number, version, createdAt: new Date(), spec }, ...before]);
    const startedAt = new Date(Date.now() - DAY_MS * 3);
    services.set(spec.name, { spec, active: true, generation: number, startedAt });
  }

  const implementation: AgentServiceImplementation = {
    async *deploy({ spec, force, noWait }) {
      if (!spec) throw new ServiceError('invalid_argument', 'spec is required');
      const { name, version } = spec;
      const isSame = (): boolean => {
        const current = services.get(name);
        return current?.active === true && current.spec.version === version;
      };
      yield* operations.begin({
        kind: 'DEPLOY',
        service: name,
        version,
        noWait,
        isDone: () => isSame() && !force,
        change: () => record(spec),
      });
    },
    async *rollback({ service, generation, noWait }) {
      const current = require(service);
      const target = requireGenerations(service).find(({ number, spec }) =>
        generation === 0n ? spec.version !== current.spec.version : number === generation,
      );
      if (!target && generation === 0n) {
        throw new ServiceError('failed_precondition', `${service} has no earlier generation`);
      }
      if (!target) throw new ServiceError('not_found', `${service} has no generation ${generation}`);
      yield* operations.begin({
        kind: 'ROLLBACK',
        service,
        version: target.version,
        noWait,
        isDone: () => target.number === current.generation,
        change: () => record(target.spec),
      });
    },
    async *cancel({ operationId }) {
      yield* operations.cancel(operationId);
    },
    async plan({ spec }) {
      const version = services.get(spec?.name ?? '')?.spec.version;
      const action =
        version === undefined
          ? ChangeAction.CREATE
          : version === spec?.version
            ? ChangeAction.KEEP
            : ChangeAction.UPDATE;
      const detail = action === ChangeAction.UPDATE ? `${version} to ${spec?.version}` : '';
      const port = version === undefined ? ChangeAction.CREATE : ChangeAction.KEEP;
      return {
        changes: [
          { action: port, resource: 'port', name: 'api', detail: '' },
          { action, resource: 'container', name: 'api', detail },
        ],
      };
    },
    async *stop({ service, noWait }) {
      const found = require(service);
      yield* operations.begin({
        kind: 'STOP',
        service,
        noWait,
        isDone: () => !found.active,
        change: () => void (found.active = false),
      });
    },
    async *start({ service, noWait }) {
      const found = require(service);
      yield* operations.begin({
        kind: 'START',
        service,
        noWait,
        isDone: () => found.active,
        change: () => void (found.active = true),
      });
    },
    async *restart({ service, noWait }) {
      const found = require(service);
      if (!found.active) throw new ServiceError('failed_precondition', `${service} is stopped`);
      yield* operations.begin({
        kind: 'RESTART',
        service,
        noWait,
        isDone: () => false,
        change: () => void (found.startedAt = new Date()),
      });
    },
    async *undeploy({ service, noWait }) {
      yield* operations.begin({
        kind: 'UNDEPLOY',
        service,
        noWait,
        isDone: () => !services.has(service),
        change: () => services.delete(service),
      });
    },
    async *purge(request) {
      purgeRequests.push(request);
      const { service, noWait } = request;
      requireGenerations(service);
      if (services.has(service))
        throw new ServiceError('failed_precondition', `${service} is still deployed`);
      yield* operations.begin({
        kind: 'PURGE',
        service,
        noWait,
        isDone: () => false,
        change: () => generations.delete(service),
      });
    },
    async listUndeployed() {
      const gone = [...generations].filter(([name]) => !services.has(name));
      return {
        services: gone.map(([name, [last]]) => ({
          name,
          last: last && { ...last, current: false },
          dataPath: `/srv/${name}`,
        })),
      };
    },
    async listGenerations({ service }) {
      const current = services.get(service)?.generation;
      return {
        generations: requireGenerations(service).map((each) => ({
          ...each,
          current: each.number === current,
        })),
      };
    },
    async listServices() {
      return { services: [...services.values()].map((service) => statusOf(service, problems).summary!) };
    },
    async getService({ service }) {
      return {
        ...statusOf(require(service), problems),
        operations: operations.list.filter((each) => each.service === service),
      };
    },
    async *logs(request, { signal }) {
      logRequests.push(request);
      const { spec } = require(request.service);
      const wanted = spec.components.filter(
        ({ name }) => request.component === '' || name === request.component,
      );
      if (wanted.length === 0)
        throw new ServiceError('not_found', `${spec.name} has no component ${request.component}`);
      const lines = request.tail === 0 ? options.logLines : options.logLines.slice(-request.tail);
      for (const line of lines) {
        for (const { name } of wanted) {
          yield { component: name, stream: LogStream.STDOUT, time: new Date(0), line };
        }
      }
      if (request.follow) await pause(60_000, signal);
    },
    async listOperations({ service, limit }) {
      const found = operations.list.filter((each) => service === '' || each.service === service);
      return { operations: found.slice(0, limit || 50) };
    },
    async listEvents({ service, limit }) {
      const found = events.filter((each) => service === '' || each.service === service);
      return { events: found.slice(0, limit || 50) };
    },
    async *watchEvents({ service }, { signal }) {
      for await (const [event] of on(seen, 'event', { signal }) as AsyncIterable<[Event]>) {
        if (service === '' || event.service === service) yield { event };
      }
    },
    async getNode() {
      return {
        name: options.node,
        version: '0.1.0',
        startedAt: new Date(),
        arch: 'amd64',
        parts: [
          { name: 'engine', address: '/run/podman.sock', error: '', version: 'podman 4.3.1' },
          { name: 'certd', address: '/run/certd.sock', error: 'connection refused', version: '' },
          { name: 'dnsd', address: '', error: '', version: '' },
        ],
        serviceCount: services.size,
      };
    },
  };

  return {
    options,
    services,
    operations: operations.list,
    generations,
    problems,
    logRequests,
    purgeRequests,
    goOn: operations.goOn,
    see(partial) {
      const sequence = BigInt(events.length + 1);
      const event: Event = {
        sequence,
        time: new Date(),
        kind: 1,
        service: 'demo',
        resource: 'container',
        message: '',
        operationId: '',
        ...partial,
      };
      events.unshift(event);
      seen.emit('event', event);
    },
    addTo: (server) => server.add(AgentServiceDefinition, implementation, access),
  };
}

const access: AccessMap<typeof AgentServiceDefinition> = {
  deploy: 'caller',
  rollback: 'caller',
  cancel: 'caller',
  plan: 'caller',
  stop: 'caller',
  start: 'caller',
  restart: 'caller',
  undeploy: 'caller',
  purge: 'caller',
  listUndeployed: 'caller',
  listGenerations: 'caller',
  listServices: 'caller',
  getService: 'caller',
  logs: 'caller',
  listOperations: 'caller',
  listEvents: 'caller',
  watchEvents: 'caller',
  getNode: 'caller',
};
