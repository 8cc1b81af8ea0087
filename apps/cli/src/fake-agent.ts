import type { AccessMap } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import type { RpcServer } from '@mcp/daemon/server';
import { pause } from '@mcp/daemon/wait';
import {
  AgentServiceDefinition,
  ChangeAction,
  ComponentState,
  LogStream,
  OperationKind,
  OperationState,
  type AgentServiceImplementation,
  type GetServiceResponse,
  type LogsRequest,
  type Operation,
  type OperationEvent,
  type ServiceSpec,
} from '@mcp/proto/agent';
import { RecordState, RecordType } from '@mcp/proto/dnsd';
import { RouteMode, RouteState } from '@mcp/proto/routed';

const DAY_MS = 86_400_000;

interface FakeService {
  spec: ServiceSpec;
  active: boolean;
  generation: bigint;
  startedAt: Date;
}

/** How the fake behaves apart from doing what it is asked. */
export interface FakeAgentOptions {
  node: string;
  /** Steps of every operation, in order. */
  steps: readonly string[];
  /** How long each step takes. */
  stepMs: number;
  /** The step that fails, after which those before it are undone. */
  failAt?: string;
  /** The step whose undo fails. */
  stuckAt?: string;
  /** Ends the stream without a finished event after this step. */
  leaveAfter?: string;
  /** Lines of each component's log. */
  logLines: readonly string[];
}

/** An agent without containers: it remembers services and operations and answers for them. */
export interface FakeAgent {
  options: FakeAgentOptions;
  services: Map<string, FakeService>;
  operations: Operation[];
  logRequests: LogsRequest[];
  addTo(server: RpcServer): void;
}

const kindOf = {
  deploy: OperationKind.DEPLOY,
  stop: OperationKind.STOP,
  start: OperationKind.START,
  restart: OperationKind.RESTART,
  undeploy: OperationKind.UNDEPLOY,
} as const;

export function createFakeAgent(overrides: Partial<FakeAgentOptions> = {}): FakeAgent {
  const options: FakeAgentOptions = {
    node: 'rift',
    steps: ['check', 'ports', 'container api', 'routes'],
    stepMs: 0,
    logLines: ['ready', 'GET / 200'],
    ...overrides,
  };
  const services = new Map<string, FakeService>();
  const operations: Operation[] = [];
  const logRequests: LogsRequest[] = [];

  function require(name: string): FakeService {
    const found = services.get(name);
    if (found) return found;
    throw new ServiceError('not_found', `service ${name} is not on node ${options.node}`);
  }

  function addressesOf(service: FakeService | undefined): string[] {
    if (!service?.active) return [];
    return service.spec.components.flatMap(({ routes }) =>
      routes.map(({ port }) => `https://${service.spec.name}.test:${port}`),
    );
  }

  /** Runs the steps and, when none failed, `change`, which says whether there was anything to do. */
  async function* operate(
    verb: keyof typeof kindOf,
    name: string,
    { isDone, change }: { isDone: boolean; change: () => void },
  ): AsyncGenerator<{ event: OperationEvent }> {
    const id = `op-${operations.length + 1}`;
    const startedAt = new Date();
    const operation = {
      id,
      kind: kindOf[verb],
      service: name,
      caller: 'local',
      startedAt,
      endedAt: undefined,
    };
    const say = (event: NonNullable<OperationEvent['event']>) => ({ event: { event } });
    const finish = (state: OperationState, error: string, stuck: string[] = []) => {
      operations.unshift({ ...operation, endedAt: new Date(), state, error, stuck });
      const service = services.get(name);
      const generation = service?.active === true ? service.generation : 0n;
      const duration = { seconds: 0n, nanos: 412_000_000 };
      return say({
        $case: 'finished',
        value: { state, error, stuck, generation, duration, addresses: addressesOf(service) },
      });
    };

    yield say({
      $case: 'started',
      value: { operationId: id, kind: kindOf[verb], service: name, waitsFor: '' },
    });
    if (isDone) return void (yield finish(OperationState.UP_TO_DATE, ''));
    const done: string[] = [];
    for (const step of options.steps) {
      yield say({ $case: 'stepStarted', value: { step } });
      await pause(options.stepMs, new AbortController().signal);
      const duration = { seconds: 0n, nanos: 3_000_000 };
      if (step === options.failAt) {
        const error = 'api exited with code 1\nlast lines:\n  cannot open /srv/demo/demo.db';
        yield say({ $case: 'stepFailed', value: { step, duration, error } });
        const undone = done.toReversed();
        for (const each of undone) {
          const why = each === options.stuckAt ? 'portd does not answer' : '';
          yield say({ $case: 'stepUndone', value: { step: each, error: why } });
        }
        const isStuck = options.stuckAt !== undefined && undone.includes(options.stuckAt);
        const state = isStuck ? OperationState.STUCK : OperationState.ROLLED_BACK;
        return void (yield finish(state, `${step}: ${error}`, isStuck ? [options.stuckAt!] : []));
      }
      yield say({ $case: 'stepDone', value: { step, duration, detail: `${step} of ${name}` } });
      if (step === options.leaveAfter) return;
      done.push(step);
    }
    change();
    yield finish(OperationState.SUCCEEDED, '');
  }

  const implementation: AgentServiceImplementation = {
    async *deploy({ spec, force, noWait }) {
      if (!spec) throw new ServiceError('invalid_argument', 'spec is required');
      if (noWait && spec.name === 'busy') {
        throw new ServiceError('aborted', 'deploy op-9 of busy is running since 12:04, by kim');
      }
      const current = services.get(spec.name);
      const same = current?.active === true && current.spec.version === spec.version;
      yield* operate('deploy', spec.name, {
        isDone: same && !force,
        change: () =>
          services.set(spec.name, {
            spec,
            active: true,
            generation: (current?.generation ?? 0n) + 1n,
            startedAt: new Date(Date.now() - DAY_MS * 3),
          }),
      });
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
      return {
        changes: [
          {
            action: version === undefined ? ChangeAction.CREATE : ChangeAction.KEEP,
            resource: 'port',
            name: 'api',
            detail: '',
          },
          { action, resource: 'container', name: 'api', detail },
        ],
      };
    },
    async *stop({ service }) {
      const found = require(service);
      yield* operate('stop', service, { isDone: !found.active, change: () => void (found.active = false) });
    },
    async *start({ service }) {
      const found = require(service);
      yield* operate('start', service, { isDone: found.active, change: () => void (found.active = true) });
    },
    async *restart({ service }) {
      const found = require(service);
      if (!found.active) throw new ServiceError('failed_precondition', `${service} is stopped`);
      yield* operate('restart', service, {
        isDone: false,
        change: () => void (found.startedAt = new Date()),
      });
    },
    async *undeploy({ service }) {
      yield* operate('undeploy', service, {
        isDone: !services.has(service),
        change: () => services.delete(service),
      });
    },
    async listServices() {
      return { services: [...services.values()].map((service) => statusOf(service).summary!) };
    },
    async getService({ service }) {
      return {
        ...statusOf(require(service)),
        operations: operations.filter((each) => each.service === service),
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
    async listOperations({ service }) {
      return { operations: operations.filter((each) => service === '' || each.service === service) };
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

  function statusOf({ spec, active, generation, startedAt }: FakeService): GetServiceResponse {
    const { name, node, version } = spec;
    const now = Date.now();
    return {
      spec,
      summary: {
        name,
        node,
        version,
        active,
        generation,
        components: spec.components.map((component, index) => ({
          component: component.name,
          state: !active
            ? ComponentState.STOPPED
            : index === 0
              ? ComponentState.RUNNING
              : ComponentState.EXITED,
          image: component.image,
          version: component.version,
          runningImage: active && index === 0 ? component.image : '',
          container: `${name}-${component.name}-${generation}`,
          containerId: 'c0ffee',
          startedAt: active && index === 0 ? startedAt : undefined,
          exitCode: active && index > 0 ? 137 : 0,
          generation,
        })),
      },
      leases: [
        { owner: `${node}/${name}`, component: 'api', route: 'rest', port: 23_811, createdAt: startedAt },
      ],
      certificates: [
        {
          owner: `${node}/${name}`,
          hostname: `${name}.test`,
          issuer: 'services',
          serial: '01',
          notBefore: new Date(now - DAY_MS),
          notAfter: new Date(now + 89.5 * DAY_MS),
          renewAt: new Date(now + 60 * DAY_MS),
          certificatePath: '',
          keyPath: '',
          fingerprint: '',
          newlyIssued: false,
          lastError: '',
        },
      ],
      routes: [
        {
          owner: `${node}/${name}`,
          state: RouteState.MISSING,
          route: {
            hostname: `${name}.test`,
            port: 443,
            mode: RouteMode.L7,
            backend: '127.0.0.1:23811',
            backendTls: false,
            certificatePath: '',
            keyPath: '',
          },
        },
      ],
      records: [
        {
          owner: `${node}/${name}`,
          zone: 'test',
          provider: 'mcns',
          state: RecordState.IN_STEP,
          record: { name: `${name}.test`, type: RecordType.A, value: '10.0.0.1', ttl: 60 },
        },
      ],
      problems: active ? [{ resource: 'route', message: `${name}.test:443 is missing in the proxy` }] : [],
      operations: [],
    };
  }

  return {
    options,
    services,
    operations,
    logRequests,
    addTo: (server) => server.add(AgentServiceDefinition, implementation, access),
  };
}

const access: AccessMap<typeof AgentServiceDefinition> = {
  deploy: 'caller',
  plan: 'caller',
  stop: 'caller',
  start: 'caller',
  restart: 'caller',
  undeploy: 'caller',
  listServices: 'caller',
  getService: 'caller',
  logs: 'caller',
  listOperations: 'caller',
  getNode: 'caller',
};
