import { ownerOf } from '@mcp/daemon/owner';
import type { ServiceSpec } from '@mcp/proto/agent';
import {
  certificateHostnames,
  dnsRecords,
  proxyRoutes,
  slotsOf,
  startLevels,
  unionOfSlots,
} from './desired.ts';
import { planContainer } from './containers/plan.ts';
import type { Effects } from './effects.ts';
import { isSameSpec, type Generation } from './generation.ts';
import { inParallel, type StepFn } from './saga.ts';
import type { Store } from './store.ts';

export interface DeployInputs {
  /** The operation's id. */
  id: string;
  /** With the node's defaults filled in. */
  spec: ServiceSpec;
  /** Replace every container, changed or not. */
  force: boolean;
}

/**
 * Makes `spec` what runs: deploy, and start (which deploys the recorded spec again). Traffic
 * reaches a container only once it is healthy, and the previous generation is retired only
 * once the new one is proven from outside. Each undo puts back what `previous` had.
 */
export async function deploy(
  step: StepFn,
  { id, spec, force }: DeployInputs,
  { effects, store }: { effects: Effects; store: Store },
): Promise<void> {
  const owner = ownerOf(spec.node, spec.name);
  const hostnames = certificateHostnames(spec);
  const slots = slotsOf(spec);

  // Nothing is changed by this step. What it found decides all that follows, also after a crash.
  const found = await step({ name: 'check', run: (signal) => effects.check(spec, signal) });
  const previous = found.previous > 0 ? store.generation(spec.name, found.previous) : undefined;
  const wasServed = found.wasActive ? previous : undefined;

  const { ports } = await step({
    name: 'ports',
    run: (signal) => effects.leasePorts(owner, unionOfSlots(previous?.ports ?? [], slots), signal),
    undo: (signal) => effects.leasePorts(owner, previous?.ports ?? [], signal).then(() => undefined),
  });

  const wanted = effects.wantedContainers({
    id,
    spec,
    ports,
    imageIds: found.imageIds,
    generation: found.generation,
  });
  const plans = wanted.map((each) => planContainer(each, found.containers, force));

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

  const routes = proxyRoutes(spec, effects.backendAddress, ports, certificates);
  const records = dnsRecords(spec, effects.serviceDomain, effects.addresses);

  await inParallel([
    step({
      name: 'routes',
      run: (signal) => effects.applyRoutes(owner, routes, signal),
      undo: (signal) => effects.applyRoutes(owner, wasServed?.routes ?? [], signal).then(() => undefined),
    }),
    step({
      name: 'dns',
      run: (signal) => effects.applyRecords(owner, records, signal),
      undo: (signal) => effects.applyRecords(owner, wasServed?.records ?? [], signal).then(() => undefined),
    }),
  ]);

  await step({ name: 'proof', run: (signal) => effects.prove({ routes, records }, signal) });

  // Putting back what is recorded, without a new container, is the generation that it was.
  const isAsRecorded =
    previous && isSameSpec(previous.spec, spec) && plans.every(({ action }) => action !== 'create');
  const generation: Generation = {
    number: isAsRecorded ? previous.number : found.generation,
    spec,
    ports: ports.filter(({ component, route }) =>
      slots.some((slot) => slot.component === component && slot.route === route),
    ),
    hostnames,
    routes,
    records,
    containers: plans.map(({ wanted: { component, specHash }, name }) => ({ component, name, specHash })),
  };
  await step({
    name: 'record',
    commits: true,
    run: async () => {
      store.record(spec.name, generation, new Date());
      return { detail: `generation ${generation.number}` };
    },
    undo: async () => store.revert(spec.name, found.previous, found.wasActive),
  });

  // Past the point of no return: the previous generation serves nobody any more.
  await step({
    name: 'retire',
    run: async (signal) => {
      const kept = new Set(plans.map(({ name }) => name));
      const old = found.containers.map(({ name }) => name).filter((name) => !kept.has(name));
      await inParallel([
        ...old.map((name) => effects.removeContainer(name)),
        effects.leasePorts(owner, slots, signal),
        effects.ensureCertificates(owner, hostnames, signal),
      ]);
      return { detail: old.length > 0 ? `removed ${old.join(', ')}` : 'nothing to retire' };
    },
  });

  async function startContainers(): Promise<void> {
    for (const level of startLevels(spec.components)) {
      await inParallel(
        level.map((component) => {
          const plan = plans.find((each) => each.wanted.component === component.name)!;
          return step({
            name: `container ${component.name}`,
            run: (signal) => effects.bringUp(plan, { component, ports }, signal),
            undo: (signal) => effects.takeBack(plan, { previous, component: component.name }, signal),
          });
        }),
      );
    }
  }
}
