import { ServiceError } from '@mcp/daemon/errors';
import type { CallOptions, Provider } from './providers/provider.ts';
import type { DnsRecord, Plan } from './records.ts';

export interface Outcome {
  done: DnsRecord[];
  failures: ServiceError[];
}

/**
 * Carries out a plan: what is independent at once, and what must be gone before something can
 * be created first. Everything else is removed last, so that a name whose address changes
 * always has one. Ends when nothing is under way any more; after an unavailable it begins
 * nothing further. Throws only what is no ServiceError.
 */
export async function carryOut(provider: Provider, plan: Plan, options: CallOptions): Promise<Outcome> {
  const aliased = new Set(
    [...plan.create, ...plan.remove].filter(({ type }) => type === 'CNAME').map(({ name }) => name),
  );
  const [first, last] = [true, false].map((isFirst) =>
    plan.remove
      .filter(({ name }) => aliased.has(name) === isFirst)
      .map((record) => ({ record, run: () => provider.remove(record, options) })),
  );
  const second = [
    ...plan.create.map((record) => ({ record, run: () => provider.create(record, options) })),
    ...plan.update.map((record) => ({ record, run: () => provider.update(record, options) })),
  ];
  const outcome: Outcome = { done: [], failures: [] };
  for (const steps of [first ?? [], second, last ?? []]) {
    const results = await Promise.allSettled(steps.map(({ run }) => run()));
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') outcome.done.push(steps[index]!.record);
      else if (result.reason instanceof ServiceError) outcome.failures.push(result.reason);
      else throw result.reason;
    }
    if (outcome.failures.some(({ code }) => code === 'unavailable')) break;
  }
  return outcome;
}
