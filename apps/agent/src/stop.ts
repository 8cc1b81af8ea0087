import { ownerOf } from '@mcp/daemon/owner';
import { startLevels } from './desired.ts';
import type { Effects } from './effects.ts';
import type { Generation } from './generation.ts';
import { inParallel, type StepFn } from './saga.ts';
import type { Store } from './store.ts';

interface Parts {
  effects: Effects;
  store: Store;
}

/**
 * Takes a service off the air: routes and records first, then the containers, dependents before
 * what they depend on. Leases, certificates and the spec are kept.
 */
export async function stop(step: StepFn, generation: Generation, { effects, store }: Parts): Promise<void> {
  const { spec, routes, records, ports } = generation;
  const owner = ownerOf(spec.node, spec.name);

  await inParallel([
    step({
      name: 'routes',
      run: (signal) => effects.applyRoutes(owner, [], signal),
      undo: (signal) => effects.applyRoutes(owner, routes, signal).then(() => undefined),
    }),
    step({
      name: 'dns',
      run: (signal) => effects.applyRecords(owner, [], signal),
      undo: (signal) => effects.applyRecords(owner, records, signal).then(() => undefined),
    }),
  ]);
  for (const level of startLevels(spec.components).reverse()) {
    await inParallel(
      level.map((component) => {
        const { name } = containerOf(generation, component.name);
        return step({
          name: `container ${component.name}`,
          run: () => effects.stopContainer(name),
          undo: (signal) => effects.startAgain(name, { component, ports }, signal).then(() => undefined),
        });
      }),
    );
  }
  await step({
    name: 'record',
    commits: true,
    run: async () => {
      store.setActive(spec.name, false);
      return { detail: 'stopped' };
    },
    undo: async () => store.setActive(spec.name, true),
  });
}

/** Restarts the containers in place, in dependency order, and proves the service from outside again. */
export async function restart(step: StepFn, generation: Generation, { effects }: Parts): Promise<void> {
  const { spec, ports, routes, records } = generation;
  for (const level of startLevels(spec.components)) {
    await inParallel(
      level.map((component) =>
        // Nothing to undo: a restarted container is the one that ran before.
        step({
          name: `container ${component.name}`,
          run: (signal) =>
            effects.restartContainer(
              containerOf(generation, component.name).name,
              { component, ports },
              signal,
            ),
        }),
      ),
    );
  }
  await step({ name: 'proof', run: (signal) => effects.prove({ routes, records }, signal) });
}

/**
 * Removes everything that deploy made. It is refused unless every daemon answers; from then on
 * it only goes forward: half a service is put back by nothing, and taken apart by trying again.
 */
export async function undeploy(
  step: StepFn,
  { node, service }: { node: string; service: string },
  { effects, store }: Parts,
): Promise<void> {
  const owner = ownerOf(node, service);
  const found = await step({
    name: 'check',
    commits: true,
    run: (signal) => effects.requirePeers(service, signal),
  });
  await inParallel([
    step({ name: 'routes', run: (signal) => effects.applyRoutes(owner, [], signal) }),
    step({ name: 'dns', run: (signal) => effects.applyRecords(owner, [], signal) }),
  ]);
  await step({
    name: 'containers',
    run: async () => {
      await inParallel(found.containers.map((name) => effects.removeContainer(name)));
      return { detail: found.containers.length > 0 ? `removed ${found.containers.join(', ')}` : 'none' };
    },
  });
  await inParallel([
    step({ name: 'certificates', run: (signal) => effects.releaseCertificates(owner, signal) }),
    step({ name: 'ports', run: (signal) => effects.releasePorts(owner, signal) }),
  ]);
  await step({
    name: 'record',
    run: async () => {
      store.forget(service);
      return { detail: 'forgotten' };
    },
  });
}

function containerOf({ containers }: Generation, component: string): { name: string } {
  const container = containers.find((each) => each.component === component);
  if (!container) throw new Error(`the generation has no container for ${component}`);
  return container;
}
