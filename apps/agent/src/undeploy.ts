import { ownerOf } from '@mcp/daemon/owner';
import type { Effects } from './effects.ts';
import { inParallel, type StepFn } from './saga.ts';
import type { Store } from './store.ts';
import { drainedWords } from './traffic.ts';

/**
 * Removes everything that deploy made. It is refused unless every daemon answers; from then on
 * it only goes forward: half a service is put back by nothing, and taken apart by trying again.
 */
export async function undeploy(
  step: StepFn,
  { node, service }: { node: string; service: string },
  { effects, store }: { effects: Effects; store: Store },
): Promise<void> {
  const owner = ownerOf(node, service);
  const found = await step({
    name: 'check',
    commits: true,
    run: (signal) => effects.requirePeers(service, store.find(service)?.generation, signal),
  });
  await inParallel([
    step({ name: 'routes', run: (signal) => effects.applyRoutes(owner, [], signal) }),
    step({ name: 'dns', run: (signal) => effects.applyRecords(owner, [], signal) }),
  ]);
  await step({
    name: 'containers',
    waitsMs: Math.max(0, ...found.containers.map(({ drainMs }) => drainMs)),
    run: async (signal) => {
      const drained = await inParallel(
        found.containers.map((container) => effects.removeContainer(container.name, container, signal)),
      );
      const names = found.containers.map(({ name }) => name).join(', ');
      return { detail: names === '' ? 'none' : `removed ${names}${drainedWords(drained)}` };
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
