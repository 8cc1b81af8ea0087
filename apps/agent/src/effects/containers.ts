import type { ComponentSpec } from '@mcp/proto/agent';
import type { Containers } from '../containers/containers.ts';
import { waitUntilHealthy } from '../containers/health.ts';
import type { ContainerPlan } from '../containers/plan.ts';
import type { Generation, LeasedSlot } from '../generation.ts';
import { inParallel } from '../saga.ts';

/** What steps do to containers, each safe to repeat. `healthAddress` is where their ports are published. */
export function createContainerEffects(containers: Containers, healthAddress: string) {
  return {
    /** Creates the container before the old one stops, so that the gap is only stop and start. */
    async bringUp(
      plan: ContainerPlan,
      target: { component: ComponentSpec; ports: LeasedSlot[] },
      signal: AbortSignal,
    ) {
      if (plan.action === 'create') await containers.create(plan.wanted);
      await inParallel(plan.replaces.map((name) => containers.stop(name)));
      if (plan.action !== 'keep') await containers.start(plan.name);
      await waitUntilHealthy(containers, { ...target, container: plan.name, address: healthAddress }, signal);
      const word = { create: 'started', start: 'started again', keep: 'unchanged' }[plan.action];
      return { detail: `${plan.name} ${word}` };
    },

    /** Takes bringUp back: the replaced containers run again. */
    async takeBack(
      plan: ContainerPlan,
      { previous, component }: { previous: Generation | undefined; component: string },
      signal: AbortSignal,
    ): Promise<void> {
      if (plan.action === 'create') await containers.remove(plan.name);
      if (plan.action === 'start') await containers.stop(plan.name);
      await inParallel(plan.replaces.map((name) => containers.start(name)));
      const spec = previous?.spec.components.find(({ name }) => name === component);
      const [restarted] = plan.replaces;
      if (!previous || !spec || restarted === undefined) return;
      await waitUntilHealthy(
        containers,
        { component: spec, container: restarted, ports: previous.ports, address: healthAddress },
        signal,
      );
    },

    /** Starts a container of a recorded generation and waits until it is healthy. */
    async startAgain(
      name: string,
      target: { component: ComponentSpec; ports: LeasedSlot[] },
      signal: AbortSignal,
    ) {
      await containers.start(name);
      await waitUntilHealthy(containers, { ...target, container: name, address: healthAddress }, signal);
      return { detail: name };
    },

    async restartContainer(
      name: string,
      target: { component: ComponentSpec; ports: LeasedSlot[] },
      signal: AbortSignal,
    ) {
      await containers.restart(name);
      await waitUntilHealthy(containers, { ...target, container: name, address: healthAddress }, signal);
      return { detail: name };
    },

    async stopContainer(name: string) {
      await containers.stop(name);
      return { detail: name };
    },

    async removeContainer(name: string): Promise<void> {
      await containers.stop(name);
      await containers.remove(name);
    },
  };
}
