import { arch } from 'node:process';
import type { CallerContext } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import { version } from '@mcp/daemon/version';
import { LogStream, type AgentServiceImplementation, type NodePart } from '@mcp/proto/agent';
import type { AgentConfig } from '../config.ts';
import type { Containers } from '../containers/containers.ts';
import { mergeLogs } from '../containers/merge-logs.ts';
import { slotKey } from '../desired.ts';
import type { Effects } from '../effects.ts';
import type { Journal } from '../operations/journal.ts';
import { toProtoOperation } from '../operations/messages.ts';
import type { Observer } from '../status/observe.ts';
import { planDeploy } from '../status/plan-deploy.ts';
import { findProblems } from '../status/problems.ts';
import type { RegisteredService, Store } from '../store.ts';
import type { Watch } from '../watch/watch.ts';
import type { Requests } from './requests.ts';

type ViewCalls = Pick<
  AgentServiceImplementation<CallerContext>,
  'plan' | 'listServices' | 'getService' | 'logs' | 'getNode'
>;

const SHOWN_OPERATIONS = 5;

export interface ViewParts {
  config: AgentConfig;
  store: Store;
  journal: Journal;
  effects: Effects;
  containers: Containers;
  observer: Observer;
  watch: Pick<Watch, 'problems'>;
  /** Asks each part of the node whether it answers. */
  parts(signal: AbortSignal): Promise<NodePart[]>;
  startedAt: Date;
  requests: Requests;
}

/** The RPCs that tell what is, and what would be. */
export function createViewCalls(agent: ViewParts): ViewCalls {
  const { config, store, journal, effects, containers, observer, watch } = agent;
  const { requireService, acceptSpec } = agent.requests;
  const { node } = config;

  return {
    async plan({ spec: asked }, { signal }) {
      const spec = acceptSpec(asked);
      const found = await effects.examine(spec, {}, signal);
      const current = store.find(spec.name);
      const previous = current?.generation;
      const held = previous?.ports ?? [];
      const planning = { id: '', spec, force: false, found, held, recorded: undefined };
      const { slots, overlapping } = effects.planSlots(planning);
      const ports = slots.map(
        (slot) => held.find((each) => slotKey(each) === slotKey(slot)) ?? { ...slot, port: 0 },
      );
      return {
        changes: planDeploy({
          spec,
          served: current?.active ? previous : undefined,
          previous,
          slots,
          containers: effects.planContainers({ ...planning, ports, overlapping }),
          serviceDomain: node.service_domain,
          addresses: node.addresses,
        }),
      };
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
      const found = requireService(service);
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
        problems: [
          ...findProblems(found, observed, {
            unfinished,
            knowsOperation: journal.knows,
            reconcile: config.watch.reconcile,
          }),
          ...watch.problems(service),
        ],
        operations: journal.list(service, SHOWN_OPERATIONS).map(toProtoOperation),
      };
    },
    async *logs({ service, component, follow, tail, since }, { signal }) {
      const { generation } = requireService(service);
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
