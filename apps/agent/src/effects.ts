import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceError } from '@mcp/daemon/errors';
import { ownerOf } from '@mcp/daemon/owner';
import type { ServiceSpec } from '@mcp/proto/agent';
import type { AgentConfig } from './config.ts';
import type { Containers, ObservedContainer } from './containers/containers.ts';
import { wantedContainer, type WantedContainer } from './containers/options.ts';
import { planSlots, type SlotPlan } from './containers/plan-slots.ts';
import { planContainer, type ContainerPlan, type PlannedContainer } from './containers/plan.ts';
import { backendsOf, slotKey } from './desired.ts';
import { createContainerEffects } from './effects/containers.ts';
import { createDaemonEffects } from './effects/daemons.ts';
import { createExamination } from './effects/examine.ts';
import { createTrafficEffects } from './effects/traffic.ts';
import type { Generation, LeasedSlot } from './generation.ts';
import type { Journal } from './operations/journal.ts';
import type { Peers } from './peers.ts';
import { lostServices } from './registry/choose-generation.ts';
import type { Proof } from './proof.ts';
import { inParallel } from './saga.ts';
import type { Store } from './store.ts';
import { patienceOf } from './traffic.ts';

export type Effects = ReturnType<typeof createEffects>;

/** What containers are planned from: the spec, and what an examination found. */
export interface Planning {
  /** The operation's id. */
  id: string;
  spec: ServiceSpec;
  force: boolean;
  found: { imageIds: Record<string, string>; containers: PlannedContainer[]; generation: number };
  /** Leases of the generation before. */
  held: readonly LeasedSlot[];
  /** The generation that `spec` is from, when it is a recorded one. */
  recorded: Generation | undefined;
}

/** Everything that operations find out about, and do to, the outside. */
export function createEffects({
  config: { node, containers: settings },
  store,
  containers,
  peers,
  proof,
  journal,
  countEveryMs,
}: {
  config: Pick<AgentConfig, 'node' | 'containers'>;
  store: Store;
  containers: Containers;
  peers: Peers;
  proof: Proof;
  journal: Pick<Journal, 'knows'>;
  /** Time between two looks at what a drain waits for. */
  countEveryMs?: number;
}) {
  const daemons = createDaemonEffects(peers, proof);
  const backendAddress = node.backend_address;

  /**
   * Containers of the service that the agent made: one that another hand labelled is never touched.
   * Throws unavailable while the registry lacks what runs: it must not be started a second time.
   */
  async function ownContainers(service: string): Promise<ObservedContainer[]> {
    const current = store.find(service)?.generation;
    const all = await containers.list(service);
    const known = { generationOf: () => current?.number, hasOperation: journal.knows };
    if (lostServices(all, known).size > 0) {
      throw new ServiceError(
        'unavailable',
        `${service} runs in a generation that the registry of node ${node.name} does not know: ` +
          'the agent reads it from its containers within half a minute; try again then, and see mcp history',
      );
    }
    return all.filter(
      ({ operation, name }) =>
        journal.knows(operation) || current?.containers.some((each) => each.name === name) === true,
    );
  }

  const held = (service: string, signal: AbortSignal) =>
    inParallel([ownContainers(service), daemons.holdings(ownerOf(node.name, service), signal)]);

  /** What every component's container must be on these ports. */
  function wantedContainers({ id, spec, found, recorded }: Planning, ports: LeasedSlot[]): WantedContainer[] {
    const wanted = spec.components.map((component) =>
      wantedContainer({
        spec,
        component,
        ports,
        imageIds: found.imageIds,
        publishAddress: backendAddress,
        namespace: settings.namespace,
        generation: found.generation,
        operation: id,
      }),
    );
    return recorded ? asRecorded(wanted, { recorded, ports, found }) : wanted;
  }

  return {
    ...daemons,
    ...createContainerEffects(containers, createTrafficEffects(peers, countEveryMs), backendAddress),
    ...createExamination({ node, store, containers, ownContainers, peers }),
    backendAddress,
    serviceDomain: node.service_domain,
    addresses: node.addresses,

    /** Which ports stay and which move. */
    planSlots(planning: Planning): SlotPlan {
      const { spec, force, held, found } = planning;
      return planSlots({
        spec,
        held,
        force,
        containers: found.containers,
        generation: found.generation,
        wantedOn: (ports) => wantedContainers(planning, ports),
      });
    },

    /** What happens to every component's container. */
    planContainers(
      planning: Planning & { ports: LeasedSlot[]; overlapping: readonly string[] },
    ): ContainerPlan[] {
      const { ports, force, found } = planning;
      const overlapping = new Set(planning.overlapping);
      return wantedContainers(planning, ports).map((wanted) =>
        planContainer(wanted, found.containers, { force, overlapping }),
      );
    },

    /** True when nothing of the service is left on this node. */
    async isGone(service: string, signal: AbortSignal): Promise<boolean> {
      return (await held(service, signal)).every((found) => found.length === 0);
    },

    /** Throws unavailable unless everything answers that taking a service apart needs. */
    async requirePeers(service: string, generation: Generation | undefined, signal: AbortSignal) {
      const [found] = await held(service, signal);
      return {
        containers: found.map(({ name, component }) => ({
          name,
          backends: backendsOf(generation?.ports ?? [], component, backendAddress),
          ...patienceOf(generation?.spec.components.find((each) => each.name === component)),
        })),
        detail: `${found.length} containers`,
      };
    },

    /** Throws failed_precondition unless the service is gone from the registry and the node. */
    async requireGone(service: string, signal: AbortSignal) {
      const found = await held(service, signal);
      if (!store.find(service) && found.every((each) => each.length === 0)) return { detail: 'nothing runs' };
      throw new ServiceError(
        'failed_precondition',
        `${service} is still on node ${node.name}: undeploy it first, with mcp undeploy ${service}`,
        { details: { resource: service } },
      );
    },

    /** Removes the service's own directory for good. Safe to repeat: what is being removed has another name. */
    async removeData(service: string, operation: string) {
      const path = join(settings.data_dir, service);
      const doomed = join(settings.data_dir, `.purged-${operation}`);
      try {
        await rename(path, doomed).catch(unlessMissing);
        await rm(doomed, { recursive: true, force: true });
      } catch (cause) {
        throw new ServiceError(
          'failed_precondition',
          `remove ${path}: the agent may not; remove what is left of it by hand`,
          { cause },
        );
      }
      return { detail: `removed ${path}` };
    },
  };
}

/**
 * The container of a recorded generation is as wanted, whatever this build of the agent would make of the
 * same spec today, as long as ports and images are the recorded ones.
 */
function asRecorded(
  wanted: WantedContainer[],
  { recorded, ports, found }: { recorded: Generation; ports: LeasedSlot[]; found: Planning['found'] },
): WantedContainer[] {
  const isSame =
    isSamePorts(ports, recorded.ports) &&
    Object.entries(found.imageIds).every(([reference, id]) => (recorded.imageIds[reference] ?? id) === id);
  if (!isSame) return wanted;
  return wanted.map((each) => {
    const { specHash } = recorded.containers.find(({ component }) => component === each.component) ?? each;
    const exists = found.containers.some(
      (container) => container.component === each.component && container.specHash === specHash,
    );
    return exists ? { ...each, specHash } : each;
  });
}

function isSamePorts(some: readonly LeasedSlot[], others: readonly LeasedSlot[]): boolean {
  const words = (ports: readonly LeasedSlot[]) =>
    ports
      .map((slot) => `${slotKey(slot)}=${slot.port}`)
      .sort()
      .join();
  return words(some) === words(others);
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
