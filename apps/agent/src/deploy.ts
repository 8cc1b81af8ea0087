import { ownerOf } from '@mcp/daemon/owner';
import type { ComponentSpec, ServiceSpec } from '@mcp/proto/agent';
import {
  certificateHostnames,
  dnsRecords,
  leasesOf,
  proxyRoutes,
  startLevels,
  unionOfSlots,
} from './desired.ts';
import { healthPatienceMs } from './containers/health.ts';
import type { ContainerPlan } from './containers/plan.ts';
import type { Effects } from './effects.ts';
import { isSameSpec, type Generation } from './generation.ts';
import { retireOld } from './retire.ts';
import { inParallel, type StepFn } from './saga.ts';
import type { Store } from './store.ts';
import { trafficOf } from './traffic.ts';

export interface DeployInputs {
  /** The operation's id. */
  id: string;
  /** With the node's defaults filled in. */
  spec: ServiceSpec;
  /** Replace every container, changed or not. */
  force: boolean;
  /** Of start, repair and rollback: the generation that `spec` is from. Its images are taken by id. */
  recorded: Generation | undefined;
  /** What runs again where nothing ran is kept when a later step fails: half a repair is better than none. */
  repairs?: boolean;
}

/**
 * Makes `spec` what runs: deploy, rollback, start and repair (which deploy a recorded spec again).
 * Traffic reaches a container only once it is healthy, and the previous generation is retired only
 * once the new one is proven from outside. Each undo puts back what `previous` had.
 */
export async function deploy(
  step: StepFn,
  { id, spec, force, recorded, repairs = false }: DeployInputs,
  { effects, store }: { effects: Effects; store: Store },
): Promise<void> {
  const { backendAddress } = effects;
  const owner = ownerOf(spec.node, spec.name);
  const hostnames = certificateHostnames(spec);

  // Nothing is changed by this step. What it found decides all that follows, also after a crash.
  const found = await step({
    name: 'check',
    run: (signal) => effects.check(spec, recorded?.imageIds ?? {}, signal),
  });
  const previous = found.previous > 0 ? store.generation(spec.name, found.previous) : undefined;
  const served = found.wasActive ? previous : undefined;
  const held = previous?.ports ?? [];

  const { ports, plans } = await step({
    name: 'ports',
    run: async (signal) => {
      const planning = { id, spec, force, found, held, recorded };
      const { slots, overlapping } = effects.planSlots(planning);
      const { ports, detail } = await effects.leasePorts(owner, unionOfSlots(held, slots), signal);
      const own = leasesOf(ports, slots);
      return { ports: own, plans: effects.planContainers({ ...planning, ports: own, overlapping }), detail };
    },
    undo: (signal) => effects.leasePorts(owner, held, signal).then(() => undefined),
  });

  const [{ certificates }] = await inParallel([
    step({
      name: 'certificates',
      run: (signal) =>
        effects.ensureCertificates(
          owner,
          [...new Set([...(previous?.hostnames ?? []), ...hostnames])],
          signal,
        ),
      undo: (signal) =>
        effects.ensureCertificates(owner, previous?.hostnames ?? [], signal).then(() => undefined),
    }),
    startContainers(),
  ]);

  const routes = proxyRoutes(spec, backendAddress, ports, certificates);
  const records = dnsRecords(spec, effects.serviceDomain, effects.addresses);

  await inParallel([
    step({
      name: 'routes',
      run: (signal) => effects.applyRoutes(owner, routes, signal),
      undo: (signal) => effects.applyRoutes(owner, served?.routes ?? [], signal).then(() => undefined),
    }),
    step({
      name: 'dns',
      run: (signal) => effects.applyRecords(owner, records, signal),
      undo: (signal) => effects.applyRecords(owner, served?.records ?? [], signal).then(() => undefined),
    }),
  ]);

  await step({ name: 'proof', run: (signal) => effects.prove({ routes, records }, signal) });

  // Putting back what is recorded, without a new container, is the generation that it was.
  const isAsRecorded =
    previous && isSameSpec(previous.spec, spec) && plans.every(({ action }) => action !== 'create');
  const generation: Generation = {
    number: isAsRecorded ? previous.number : found.generation,
    spec,
    ports,
    hostnames,
    routes,
    records,
    containers: plans.map(({ wanted: { component, specHash }, name }) => ({ component, name, specHash })),
    imageIds: found.imageIds,
  };
  await step({
    name: 'record',
    commits: true,
    run: async () => {
      store.record(spec.name, generation, new Date());
      return { detail: `generation ${generation.number}` };
    },
    undo: async () =>
      store.revert(spec.name, generation.number, { number: found.previous, active: found.wasActive }),
  });

  // Past the point of no return: the previous generation gets nothing new any more.
  await retireOld(step, { owner, found, plans, previous, generation }, effects);

  async function startContainers(): Promise<void> {
    const moved = plans.filter(({ overlaps }) => overlaps.length > 0).map(({ wanted }) => wanted.component);
    for (const level of startLevels(spec.components, new Set(moved)))
      await inParallel(level.map(startContainer));
  }

  function startContainer(component: ComponentSpec) {
    const plan = plans.find((each) => each.wanted.component === component.name)!;
    const target = { component, ports };
    const traffic = trafficOf(component, { owner, served, backendAddress });
    const undo = (signal: AbortSignal) =>
      effects.takeBack(plan, { target, before: targetBefore(plan), traffic }, signal);
    const isKept = repairs && plan.replaces.length + plan.overlaps.length === 0;
    return step({
      name: `container ${component.name}`,
      // Taking back may mean to wait for the old container, to restart it, and to wait again.
      waitsMs: 2 * healthPatienceMs(targetBefore(plan)?.component ?? component),
      run: (signal) => (repairs ? effects.mend : effects.bringUp)(plan, { target, traffic }, signal),
      ...(isKept ? {} : { undo }),
    });
  }

  function targetBefore({ wanted }: ContainerPlan) {
    const component = previous?.spec.components.find(({ name }) => name === wanted.component);
    return component && { component, ports: held };
  }
}
