import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { messageWithCauses } from './errors.ts';
import type { Logger } from './logging.ts';

/** The life of a process: what runs beside its server, and what must be closed at the end. */
export interface Daemon {
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Starts background work once the daemon serves; work that throws stops the daemon. */
  run(name: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Closes something at the end, newest first. */
  onStop(name: string, close: () => Promise<void> | void): void;
}

/**
 * Builds a daemon with `start`, then waits for SIGTERM or SIGINT and closes everything in
 * reverse order. A second signal ends the process at once, as the first would have without us.
 */
export async function runUntilSignal(log: Logger, start: (daemon: Daemon) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(name));
  const closers: { name: string; close: () => Promise<void> | void }[] = [];
  const work: { name: string; work: (signal: AbortSignal) => Promise<void> }[] = [];
  let failure: unknown;
  let running: Promise<void>[] = [];

  try {
    await start({
      signal: stop.signal,
      run: (name, task) => void work.push({ name, work: task }),
      onStop: (name, close) => void closers.push({ name, close }),
    });
    flushCompileCache();
    running = work.map(async ({ name, work: task }) => {
      await task(stop.signal).catch((cause: unknown) => {
        if (stop.signal.aborted) return;
        failure = new Error(`${name} failed`, { cause });
        stop.abort(name);
      });
    });
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    log.info({ reason: String(stop.signal.reason) }, 'stopping');
  } finally {
    stop.abort('stopped');
    for (const { name, close } of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        log.error({ err: error, part: name }, `close failed: ${messageWithCauses(error)}`);
      }
      if (name === 'server') await Promise.allSettled(running);
    }
  }
  if (failure !== undefined) throw failure;
}
