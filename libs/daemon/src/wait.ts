import { setTimeout as delay } from 'node:timers/promises';

/** Waits; returns early, without throwing, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/**
 * Repeats `attempt` every `everyMs` until it returns something else than undefined or throws.
 * Returns undefined when `timeoutMs` passed; throws the signal's reason when it is aborted.
 */
export async function poll<Result>(
  attempt: () => Promise<Result | undefined>,
  { everyMs, timeoutMs, signal }: { everyMs: number; timeoutMs: number; signal: AbortSignal },
): Promise<Result | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    if (performance.now() + everyMs > deadline) return undefined;
    await pause(everyMs, signal);
  }
}
