import { planContainer } from '../containers/plan.ts';
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
    /** The recorded generation runs, from the images that its tags name now, and everything around it is in step. */
    async isInPlace(service: RegisteredService): Promise<boolean> {
      const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
      const { generation } = service;
      const observed = await observer.service(service, signal);
      const unfinished = journal
        .unfinished()
        .filter((entry) => entry.service === service.name && entry.stuck.length > 0);
      if (findProblems(service, observed, unfinished).length > 0) return false;
      const found = await effects.examine(generation.spec, signal);
      const wanted = effects.wantedContainers({
        id: '',
        spec: generation.spec,
        ports: generation.ports,
        imageIds: found.imageIds,
        generation: generation.number,
      });
      return wanted.every((each) => planContainer(each, found.containers, false).action === 'keep');
    },
    async isGone(service: string): Promise<boolean> {
      return effects.isGone(service, AbortSignal.timeout(ASK_TIMEOUT_MS));
    },
  };
}
