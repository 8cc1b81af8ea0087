import { ServiceError } from '@mcp/daemon/errors';
import type { ComponentSpec } from '@mcp/proto/agent';
import type { Containers } from '../containers/containers.ts';
import { waitUntilHealthy, whyUnhealthy } from '../containers/health.ts';
import type { ContainerPlan } from '../containers/plan.ts';
import { backendsOf } from '../desired.ts';
import type { LeasedSlot } from '../generation.ts';
import { inParallel } from '../saga.ts';
import { drainedWords, type Traffic } from '../traffic.ts';
import type { TrafficEffects } from './traffic.ts';

/** A rollback does not wait longer than this for requests to a container that is taken back. */
const UNDO_DRAIN_MS = 2000;

/** A component as it should run: its definition, and the ports of its generation. */
export interface ComponentTarget {
  component: ComponentSpec;
  ports: LeasedSlot[];
}

interface Way {
  target: ComponentTarget;
  traffic: Traffic;
}

/** What steps do to containers, each safe to repeat. `address` is where their ports are published. */
export function createContainerEffects(containers: Containers, proxy: TrafficEffects, address: string) {
  const untilHealthy = (name: string, target: ComponentTarget, signal: AbortSignal) =>
    waitUntilHealthy(containers, { ...target, container: name, address }, signal);

  /**
   * Starts what ran before; one that does not become healthy is restarted, once, for an engine that was
   * killed can leave it running without its network. That it is gone, or stays unhealthy, is for the watch
   * to say and to mend: an undo that could never end would bar every later operation.
   */
  async function startAsBefore(
    name: string,
    target: ComponentTarget | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (!(await containers.process(name))) return;
    await containers.start(name);
    if (!target || (await becomesHealthy(name, target, signal))) return;
    await containers.restart(name);
    await becomesHealthy(name, target, signal);
  }

  async function becomesHealthy(
    name: string,
    target: ComponentTarget,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      await untilHealthy(name, target, signal);
      return true;
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'failed_precondition') return false;
      throw error;
    }
  }

  /**
   * Creates the container before the old one stops, so that the gap is only stop and start; in
   * the gap the proxy holds what is new.
   */
  async function bringUp(plan: ContainerPlan, { target, traffic }: Way, signal: AbortSignal) {
    if (plan.action === 'create') await containers.create(plan.wanted);
    const drained = plan.replaces.length > 0 ? [await proxy.holdAndDrain(traffic, signal)] : [];
    await inParallel(plan.replaces.map((name) => containers.stop(name)));
    if (plan.action !== 'keep') await containers.start(plan.name);
    await untilHealthy(plan.name, target, signal);
    if (plan.replaces.length > 0) await proxy.resume(traffic, signal);
    const word = { create: 'started', start: 'started again', keep: 'unchanged' }[plan.action];
    return { detail: `${plan.name} ${word}${drainedWords(drained)}` };
  }

  async function restartContainer(name: string, { target, traffic }: Way, signal: AbortSignal) {
    const drained = await proxy.holdAndDrain(traffic, signal);
    await containers.restart(name);
    await untilHealthy(name, target, signal);
    await proxy.resume(traffic, signal);
    return { detail: `${name} restarted${drainedWords([drained])}` };
  }

  return {
    bringUp,
    restartContainer,

    /** bringUp for a repair: a container that runs and does not answer its health check is restarted. */
    async mend(plan: ContainerPlan, way: Way, signal: AbortSignal) {
      const health = { ...way.target, container: plan.name, address };
      const isSick = plan.action === 'keep' && (await whyUnhealthy(containers, health)) !== undefined;
      return isSick ? restartContainer(plan.name, way, signal) : bringUp(plan, way, signal);
    },

    /** Takes bringUp back: the replaced containers run again. */
    async takeBack(
      plan: ContainerPlan,
      options: {
        /** What it was to be: its ports may have been served already. */
        target: ComponentTarget;
        /** What it replaced; undefined when that is not known. */
        before: ComponentTarget | undefined;
        traffic: Traffic;
      },
      signal: AbortSignal,
    ): Promise<void> {
      const { target, before, traffic } = options;
      const isReplaced = plan.replaces.length > 0;
      // Bringing the old container back matters more than holding what comes in the meantime.
      if (isReplaced) await proxy.holdAndDrain({ ...traffic, drainMs: 0 }, signal).catch(onlyRefusals);
      if (plan.action === 'create') {
        if (!isReplaced) {
          const backends = backendsOf(target.ports, target.component.name, address);
          await proxy.drain({ backends, drainMs: Math.min(traffic.drainMs, UNDO_DRAIN_MS) }, signal);
        }
        await containers.remove(plan.name);
      }
      if (plan.action === 'start') await containers.stop(plan.name);
      await inParallel(plan.replaces.map((name) => startAsBefore(name, before, signal)));
      if (isReplaced) await proxy.resume(traffic, signal);
    },

    /** Starts a container of a recorded generation and waits until it is healthy. */
    async startAgain(name: string, target: ComponentTarget, signal: AbortSignal): Promise<void> {
      await startAsBefore(name, target, signal);
    },

    /** Takes restartContainer back, as far as there is anything to: the container runs, and nothing waits. */
    async endRestart(name: string, { target, traffic }: Way, signal: AbortSignal): Promise<void> {
      await startAsBefore(name, target, signal);
      await proxy.resume(traffic, signal);
    },

    /** Stops a container that no route leads to any more, once what is open has ended. */
    async stopContainer(name: string, traffic: Pick<Traffic, 'backends' | 'drainMs'>, signal: AbortSignal) {
      const drained = await proxy.drain(traffic, signal);
      await containers.stop(name);
      return { detail: `${name}${drainedWords([drained])}` };
    },

    /** Stops and removes it; one that is gone is fine. */
    async removeContainer(name: string, traffic: Pick<Traffic, 'backends' | 'drainMs'>, signal: AbortSignal) {
      const drained = await proxy.drain(traffic, signal);
      await containers.stop(name);
      await containers.remove(name);
      return drained;
    },
  };
}

/** Lets a refusal of routed pass, and that it cannot be reached; a bug is thrown. */
function onlyRefusals(error: unknown): void {
  if (!(error instanceof ServiceError)) throw error;
}
