import { arch } from 'node:process';
import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import { version } from '@mcp/daemon/version';
import {
  LogStream,
  type AgentServiceDefinition,
  type AgentServiceImplementation,
  type NodePart,
  type OperationEvent,
  type ServiceSpec,
} from '@mcp/proto/agent';
import { withNodeDefaults } from '@mcp/servicedef/node-defaults';
import type { AgentConfig } from './config.ts';
import type { Containers } from './containers/containers.ts';
import { planContainer } from './containers/plan.ts';
import { knownPorts } from './desired.ts';
import type { Effects } from './effects.ts';
import type { Journal } from './operations/journal.ts';
import { mergeLogs } from './containers/merge-logs.ts';
import { toProtoEvent, toProtoOperation } from './operations/messages.ts';
import type { Observer } from './status/observe.ts';
import type { Operations } from './operations/operations.ts';
import { planDeploy } from './status/plan-deploy.ts';
import { findProblems } from './status/problems.ts';
import { inputsToJson, type OperationInputs } from './operations/sagas.ts';
import type { RegisteredService, Store } from './store.ts';

export const access: AccessMap<typeof AgentServiceDefinition> = {
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

const DEFAULT_OPERATIONS = 50;
const SHOWN_OPERATIONS = 5;

export interface AgentParts {
  config: AgentConfig;
  store: Store;
  journal: Journal;
  operations: Operations;
  effects: Effects;
  containers: Containers;
  observer: Observer;
  /** Asks each part of the node whether it answers. */
  parts(signal: AbortSignal): Promise<NodePart[]>;
  startedAt: Date;
}

export function createAgentService(agent: AgentParts): AgentServiceImplementation<CallerContext> {
  const { config, store, journal, operations, effects, containers, observer } = agent;
  const { node, containers: defaults } = config;

  /** The spec with this node's defaults. Throws invalid_argument or failed_precondition. */
  function accept(spec: ServiceSpec | undefined): ServiceSpec {
    if (!spec || spec.name === '' || spec.components.length === 0) {
      throw new ServiceError('invalid_argument', 'spec needs a name and at least one component', {
        details: { field: 'spec' },
      });
    }
    if (spec.node !== node.name) {
      throw new ServiceError(
        'failed_precondition',
        `${spec.name} belongs to node ${spec.node}, this is ${node.name}`,
        {
          details: { field: 'spec.node' },
        },
      );
    }
    return withNodeDefaults(spec, {
      serviceDomain: node.service_domain,
      network: defaults.network,
      user: defaults.user,
      restart: defaults.restart,
      dataDir: defaults.data_dir,
    });
  }

  function require(service: string): RegisteredService {
    const found = store.find(service);
    if (found) return found;
    throw new ServiceError('not_found', `service ${service} is not on node ${node.name}: see mcp ps`, {
      details: { resource: service },
    });
  }

  async function* run(
    request: { service: string; noWait: boolean; inputs: OperationInputs },
    context: CallerContext,
  ): AsyncGenerator<{ event: OperationEvent }> {
    const { service, noWait, inputs } = request;
    const events = operations.begin({
      kind: inputs.kind,
      service,
      inputs: inputsToJson(inputs),
      caller: context.caller.name,
      noWait,
    });
    for await (const event of events) yield { event: toProtoEvent(event) };
  }

  function onRecorded(kind: 'start' | 'stop' | 'restart') {
    return ({ service, noWait }: { service: string; noWait: boolean }, context: CallerContext) => {
      const found = require(service);
      if (kind === 'restart' && !found.active) {
        throw new ServiceError(
          'failed_precondition',
          `${service} is stopped: start it with mcp start ${service}`,
        );
      }
      return run({ service, noWait, inputs: { kind, generation: found.generation.number } }, context);
    };
  }

  return {
    async *deploy({ spec, noWait, force }, context) {
      const accepted = accept(spec);
      yield* run(
        { service: accepted.name, noWait, inputs: { kind: 'deploy', spec: accepted, force } },
        context,
      );
    },
    async plan({ spec }, { signal }) {
      const accepted = accept(spec);
      const found = await effects.examine(accepted, signal);
      const current = store.find(accepted.name);
      const previous = current?.generation;
      const ports = knownPorts(accepted, previous?.ports ?? []);
      const { imageIds, generation } = found;
      const wanted = effects.wantedContainers({ id: '', spec: accepted, ports, imageIds, generation });
      return {
        changes: planDeploy({
          spec: accepted,
          served: current?.active ? previous : undefined,
          previous,
          containers: wanted.map((each) => planContainer(each, found.containers, false)),
          serviceDomain: node.service_domain,
          addresses: node.addresses,
        }),
      };
    },
    stop: onRecorded('stop'),
    start: onRecorded('start'),
    restart: onRecorded('restart'),
    async *undeploy({ service, noWait }, context) {
      yield* run({ service, noWait, inputs: { kind: 'undeploy' } }, context);
    },
    async listServices() {
      const all = await containers.list();
      const services = await Promise.all(
        store.list().map(async (service) => ({
          ...summaryOf(service),
          components: await observer.components(
            service,
            all.filter((container) => container.service === service.name),
          ),
        })),
      );
      return { services };
    },
    async getService({ service }, { signal }) {
      const found = require(service);
      const observed = await observer.service(found, signal);
      const unfinished = journal.unfinished().filter((entry) => entry.service === service);
      const { components, leases, certificates, routes, records } = observed;
      return {
        summary: { ...summaryOf(found), components },
        spec: found.generation.spec,
        leases: leases ?? [],
        certificates: certificates ?? [],
        routes: routes ?? [],
        records: records ?? [],
        problems: findProblems(found, observed, unfinished),
        operations: journal.list(service, SHOWN_OPERATIONS).map(toProtoOperation),
      };
    },
    async *logs({ service, component, follow, tail, since }, { signal }) {
      const { generation } = require(service);
      const wanted = generation.containers.filter((each) => component === '' || each.component === component);
      if (wanted.length === 0) {
        const known = generation.containers.map((each) => each.component).join(', ');
        throw new ServiceError('not_found', `${service} has no component ${component}; it has ${known}`);
      }
      const sources = wanted.map(({ component: source, name }) => ({
        source,
        lines: containers.logs(name, { follow, tail, since, signal }),
      }));
      for await (const { source, line, stream, time } of mergeLogs(sources, follow)) {
        yield {
          component: source,
          line,
          time,
          stream: stream === 'stdout' ? LogStream.STDOUT : LogStream.STDERR,
        };
      }
    },
    async listOperations({ service, limit }) {
      return { operations: journal.list(service, limit || DEFAULT_OPERATIONS).map(toProtoOperation) };
    },
    async getNode(_request, { signal }) {
      return {
        name: node.name,
        version,
        startedAt: agent.startedAt,
        arch: arch === 'x64' ? 'amd64' : arch,
        parts: await agent.parts(signal),
        serviceCount: store.list().length,
      };
    },
  };
}

function summaryOf({ name, active, generation }: RegisteredService) {
  const { spec, number } = generation;
  return { name, node: spec.node, version: spec.version, active, generation: BigInt(number) };
}
