import type { Effects } from '../effects.ts';
import type { Journal } from '../operations/journal.ts';
import type { Observer } from './observe.ts';
import { findProblems } from './problems.ts';
import type { RegisteredService } from '../store.ts';

const ASK_TIMEOUT_MS = 10_000;

/** Answers whether an operation has anything to do. */
export function createInPlace({
  observer,
  effects,
  journal,
}: {
  observer: Observer;
  effects: Effects;
  journal: Journal;
}) {
  return {
    /**
     * The recorded generation runs and everything around it is in step; 'tags': from the images that its
     * tags name now.
     */
    async isInPlace(service: RegisteredService, images: 'tags' | 'recorded'): Promise<boolean> {
      const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
      const { generation } = service;
      const observed = await observer.service(service, signal);
      const unfinished = journal
        .unfinished()
        .filter((entry) => entry.service === service.name && entry.stuck.length > 0);
      if (
        findProblems(service, observed, { unfinished, knowsOperation: journal.knows, reconcile: true })
          .length > 0
      )
        return false;
      const { spec, ports } = generation;
      const recorded = images === 'recorded' ? generation : undefined;
      const found = await effects.examine(spec, recorded?.imageIds ?? {}, signal);
      const planning = { id: '', spec, force: false, found, held: ports, recorded };
      return effects
        .planContainers({ ...planning, ports, overlapping: [] })
        .every(({ action, replaces }) => action === 'keep' && replaces.length === 0);
    },
    async isGone(service: string): Promise<boolean> {
      return effects.isGone(service, AbortSignal.timeout(ASK_TIMEOUT_MS));
    },
  };
}
