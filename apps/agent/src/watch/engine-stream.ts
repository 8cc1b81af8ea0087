import type { pause } from '@mcp/daemon/wait';
import type { Containers } from '../containers/containers.ts';
import type { ContainerEvent } from '../containers/engine-events.ts';
import type { FailureLog } from './failure-log.ts';

/** Before the engine is asked again; the last one repeats. Total 0.5 s, 1.5 s, 3.5 s, 8.5 s, then every 10 s. */
const RECONNECT_DELAYS_MS = [500, 1000, 2000, 5000, 10_000] as const;
/** A stream that lasted so long was a good one: the next delay is the first again. */
const GOOD_AFTER_MS = 30_000;

export interface EngineStreamOptions {
  containers: Pick<Containers, 'events' | 'version'>;
  onEvent(event: ContainerEvent): void;
  /** The engine is asked for events again; what happened in between was not told. */
  onReconnect(): void;
  failures: FailureLog;
  now(): Date;
  wait: typeof pause;
  signal: AbortSignal;
}

/** Follows the engine's events, whatever becomes of the engine, until the signal is aborted. */
export async function followEngine(options: EngineStreamOptions): Promise<void> {
  const { containers, onEvent, onReconnect, failures, now, wait, signal } = options;
  for (let failed = 0; !signal.aborted; failed++) {
    const startedAt = now().getTime();
    try {
      if (failed > 0) {
        // A stream that says nothing does not tell that the engine is back; this does.
        await containers.version();
        onReconnect();
      }
      for await (const event of containers.events(signal)) {
        failures.works('engine events');
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      failures.failed('engine events', error);
    }
    if (now().getTime() - startedAt >= GOOD_AFTER_MS) failed = 0;
    await wait(RECONNECT_DELAYS_MS[Math.min(failed, RECONNECT_DELAYS_MS.length - 1)]!, signal);
  }
}
