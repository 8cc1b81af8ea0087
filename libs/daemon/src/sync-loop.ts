import type { Logger } from './logging.ts';
import { pause } from './wait.ts';

/** Delays before a failed pass is tried again; the last one repeats. Total: 0.5 s, 1.5 s, 3.5 s, 8.5 s, 18.5 s, then every 30 s. */
const RETRY_DELAYS_MS = [500, 1000, 2000, 5000, 10_000, 30_000] as const;

export interface SyncLoopOptions {
  signal: AbortSignal;
  log: Logger;
  /** Time between passes when nothing happens; each is jittered by up to a tenth. */
  resyncEveryMs?: number;
}

export interface SyncLoop {
  /** Asks for a pass soon; several requests become one. */
  request(): void;
  /** Runs passes until the signal is aborted, the first one at once. */
  run(): Promise<void>;
}

/**
 * Keeps the outside like the store: a pass at start, on request, and on a timer. A failed
 * pass is logged when the failure changes and tried again with growing delays; the first
 * one that works again is logged too.
 */
export function createSyncLoop(
  { signal, log, resyncEveryMs = 30_000 }: SyncLoopOptions,
  pass: (signal: AbortSignal) => Promise<void>,
): SyncLoop {
  let wake = new AbortController();
  let failures = 0;
  let lastFailure = '';

  async function attempt(): Promise<void> {
    try {
      await pass(signal);
      if (failures > 0) log.info({ failures }, 'sync works again');
      failures = 0;
      lastFailure = '';
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const failure = error instanceof Error ? error.message : String(error);
      if (failure !== lastFailure) log.warn({ err: error }, 'sync failed');
      lastFailure = failure;
    }
  }

  function nextDelayMs(): number {
    if (failures > 0) return RETRY_DELAYS_MS[Math.min(failures, RETRY_DELAYS_MS.length) - 1]!;
    return resyncEveryMs * (0.9 + Math.random() * 0.2);
  }

  return {
    request: () => wake.abort(),
    async run() {
      while (!signal.aborted) {
        wake = new AbortController();
        await attempt();
        await pause(nextDelayMs(), AbortSignal.any([signal, wake.signal]));
      }
    },
  };
}
