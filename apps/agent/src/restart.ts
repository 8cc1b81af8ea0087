import { ownerOf } from '@mcp/daemon/owner';
import { healthPatienceMs } from './containers/health.ts';
import { startLevels } from './desired.ts';
import type { Effects } from './effects.ts';
import { containerOf, type Generation } from './generation.ts';
import { inParallel, type StepFn } from './saga.ts';
import { trafficOf } from './traffic.ts';

/**
 * Restarts the containers in place, in dependency order, while the proxy holds what comes in; then
 * proves the service from outside again.
 */
export async function restart(
  step: StepFn,
  generation: Generation,
  { effects }: { effects: Effects },
): Promise<void> {
  const { spec, ports, routes, records } = generation;
  const { backendAddress } = effects;
  const owner = ownerOf(spec.node, spec.name);
  for (const level of startLevels(spec.components)) {
    await inParallel(
      level.map((component) => {
        const { name } = containerOf(generation, component.name);
        const target = { component, ports };
        const traffic = trafficOf(component, { owner, served: generation, backendAddress });
        return step({
          name: `container ${component.name}`,
          waitsMs: 2 * healthPatienceMs(component),
          run: (signal) => effects.restartContainer(name, { target, traffic }, signal),
          undo: (signal) => effects.endRestart(name, { target, traffic }, signal),
        });
      }),
    );
  }
  await step({ name: 'proof', run: (signal) => effects.prove({ routes, records }, signal) });
}
