import type { ContainerPlan, PlannedContainer } from './containers/plan.ts';
import { backendsOf, slotKey } from './desired.ts';
import type { Effects } from './effects.ts';
import type { Generation } from './generation.ts';
import { inParallel, type StepFn } from './saga.ts';
import { drainedWords, patienceOf } from './traffic.ts';

/**
 * Takes what the new generation replaced out of the world: containers are drained, stopped and
 * removed; leases and certificates that only they had are released.
 */
export async function retireOld(
  step: StepFn,
  {
    owner,
    found,
    plans,
    previous,
    generation,
  }: {
    owner: string;
    found: { containers: PlannedContainer[] };
    plans: ContainerPlan[];
    previous: Generation | undefined;
    generation: Generation;
  },
  effects: Effects,
): Promise<void> {
  const kept = new Set(plans.map(({ name }) => name));
  const old = found.containers.filter(({ name }) => !kept.has(name));
  const leaving = leavingPorts(previous, generation);
  const traffics = old.map((container) => {
    const component = [...generation.spec.components, ...(previous?.spec.components ?? [])].find(
      ({ name }) => name === container.component,
    );
    const backends = backendsOf(leaving, container.component, effects.backendAddress);
    return { name: container.name, backends, drainMs: patienceOf(component).drainMs };
  });

  await step({
    name: 'retire',
    waitsMs: Math.max(0, ...traffics.map(({ drainMs }) => drainMs)),
    run: async (signal) => {
      const drained = await inParallel(
        traffics.map((traffic) => effects.removeContainer(traffic.name, traffic, signal)),
      );
      await inParallel([
        effects.leasePorts(owner, generation.ports, signal),
        effects.ensureCertificates(owner, generation.hostnames, signal),
      ]);
      const names = old.map(({ name }) => name).join(', ');
      return { detail: old.length > 0 ? `removed ${names}${drainedWords(drained)}` : 'nothing to retire' };
    },
  });
}

/** Ports that only the previous generation has: nothing new comes to them. */
function leavingPorts(previous: Generation | undefined, generation: Generation) {
  const staying = new Set(generation.ports.map(slotKey));
  return (previous?.ports ?? []).filter((slot) => !staying.has(slotKey(slot)));
}
