import { ownerOf } from '@mcp/daemon/owner';
import { healthPatienceMs } from './containers/health.ts';
import { startLevels } from './desired.ts';
import type { Effects } from './effects.ts';
import { containerOf, type Generation } from './generation.ts';
import { inParallel, type StepFn } from './saga.ts';
import type { Store } from './store.ts';
import { trafficOf } from './traffic.ts';

/**
 * Takes a service off the air: routes and records first, then the containers, dependents before
 * what they depend on, each once what is open to it has ended. Leases, certificates and the spec
 * are kept. The repair of a stopped service is the same, without anything to put back.
 */
export async function stop(
  step: StepFn,
  generation: Generation,
  /** Whether there is anything to put back when it fails. */
  { wasActive }: { wasActive: boolean },
  { effects, store }: { effects: Effects; store: Store },
): Promise<void> {
  const { spec, routes, records, ports } = generation;
  const owner = ownerOf(spec.node, spec.name);
  const before = wasActive ? { routes, records } : { routes: [], records: [] };

  await inParallel([
    step({
      name: 'routes',
      run: (signal) => effects.applyRoutes(owner, [], signal),
      undo: (signal) => effects.applyRoutes(owner, before.routes, signal).then(() => undefined),
    }),
    step({
      name: 'dns',
      run: (signal) => effects.applyRecords(owner, [], signal),
      undo: (signal) => effects.applyRecords(owner, before.records, signal).then(() => undefined),
    }),
  ]);
  for (const level of startLevels(spec.components).reverse()) {
    await inParallel(
      level.map((component) => {
        const { name } = containerOf(generation, component.name);
        const traffic = trafficOf(component, {
          owner,
          served: generation,
          backendAddress: effects.backendAddress,
        });
        return step({
          name: `container ${component.name}`,
          waitsMs: 2 * healthPatienceMs(component),
          run: (signal) => effects.stopContainer(name, traffic, signal),
          ...(wasActive
            ? { undo: (signal: AbortSignal) => effects.startAgain(name, { component, ports }, signal) }
            : {}),
        });
      }),
    );
  }
  if (!wasActive) await inParallel([leasePorts(), ensureCertificates()]);
  await step({
    name: 'record',
    commits: true,
    run: async () => {
      store.setActive(spec.name, false);
      return { detail: 'stopped' };
    },
    undo: async () => store.setActive(spec.name, wasActive),
  });

  // What a stopped service keeps, put back when it was lost: there is nothing to take back.
  function leasePorts() {
    return step({ name: 'ports', run: (signal) => effects.leasePorts(owner, ports, signal) });
  }
  function ensureCertificates() {
    return step({
      name: 'certificates',
      run: (signal) => effects.ensureCertificates(owner, generation.hostnames, signal),
    });
  }
}
