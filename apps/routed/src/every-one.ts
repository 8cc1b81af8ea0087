import { ServiceError } from '@mcp/daemon/errors';

/**
 * Waits for all of them, also when one fails, so that nothing is under way when the caller puts
 * things right. Throws one of the failures then: a refusal rather than a proxy out of reach.
 */
export async function everyOne(calls: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(calls);
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  if (failures.length > 0) throw failures.find(isRefusal) ?? failures[0];
}

/** A refusal says more than a proxy that was out of reach for another route. */
function isRefusal(error: unknown): boolean {
  return error instanceof ServiceError && error.code !== 'unavailable';
}
