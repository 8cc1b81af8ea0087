/** Before a repair that failed is tried again; the last one repeats. Total 0.5, 1.5, 3.5, 8.5, 18.5 min. */
const RETRY_DELAYS_MS = [30_000, 60_000, 120_000, 300_000, 600_000] as const;
/** A container that a repair started and that ends within this time was not repaired. */
const LASTS_MS = 600_000;

/** How the repairs of a service went. */
export interface RepairHistory {
  /** That did not help, in a row. */
  failures: number;
  lastAt: Date;
  lastOperationId: string;
  /** Why the last one failed; empty when it did not. */
  lastError: string;
}

export interface RepairAttempt {
  at: Date;
  operationId: string;
  /** Empty when it succeeded. */
  error: string;
}

/** What is to be repaired. */
export interface RepairNeed {
  /** A container ended, by itself or by somebody. */
  containerDied: boolean;
}

/**
 * When a repair may be tried: at once the first time and after one that helped, later after one that
 * failed. One whose container ended again soon did not help.
 */
export function repairDueAt(history: RepairHistory | undefined, need: RepairNeed, now: Date): Date {
  const failures = history ? failuresSoFar(history, need, now) : 0;
  if (!history || failures === 0) return now;
  const delayMs = RETRY_DELAYS_MS[Math.min(failures, RETRY_DELAYS_MS.length) - 1]!;
  return new Date(history.lastAt.getTime() + delayMs);
}

/** The history after one more attempt. `need` is what was to be repaired. */
export function withAttempt(
  before: RepairHistory | undefined,
  { at, operationId, error }: RepairAttempt,
  need: RepairNeed,
): RepairHistory {
  const failures = before ? failuresSoFar(before, need, at) : 0;
  return {
    failures: failures + (error === '' ? 0 : 1),
    lastAt: at,
    lastOperationId: operationId,
    lastError: error,
  };
}

function failuresSoFar(history: RepairHistory, { containerDied }: RepairNeed, now: Date): number {
  if (history.lastError !== '') return history.failures;
  const endedSoon = containerDied && now.getTime() - history.lastAt.getTime() < LASTS_MS;
  return endedSoon ? history.failures + 1 : 0;
}
