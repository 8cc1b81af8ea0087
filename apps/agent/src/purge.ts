import type { Effects } from './effects.ts';
import type { StepFn } from './saga.ts';

/**
 * Forgets a service that was undeployed, and its data when asked. There is no way back from its
 * first step: removed data is put back by nothing.
 */
export async function purge(
  step: StepFn,
  { id, service, data }: { id: string; service: string; data: boolean },
  { effects, forget }: { effects: Effects; forget(service: string, except: string): void },
): Promise<void> {
  await step({
    name: 'check',
    commits: true,
    run: (signal) => effects.requireGone(service, signal),
  });
  if (data) await step({ name: 'data', run: () => effects.removeData(service, id) });
  await step({
    name: 'registry',
    run: async () => {
      forget(service, id);
      return { detail: 'forgotten' };
    },
  });
}
