import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { once } from 'node:events';
import { pause } from '@mcp/daemon/wait';
import type { ProgramName } from './layout.ts';

/** Delays before a process that died is started again; the last one repeats. */
const RESTART_DELAYS_MS = [100, 200, 500, 1000, 2000, 5000] as const;
/** A process that ran this long is not failing any more. */
const STEADY_AFTER_MS = 10_000;
const STOP_TIMEOUT_MS = 12_000;

export interface SupervisedProgram {
  name: ProgramName;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** File that standard output and standard error go to. */
  log: string;
}

/** A process that is started again, with growing delays, when it dies. */
export interface Supervised {
  readonly name: ProgramName;
  /** The process id now; undefined between a death and the next start. */
  pid(): number | undefined;
  /** How often it ended by itself. */
  deaths(): number;
  /** Ends it with SIGKILL, at any moment of its life, and keeps it down until `resume`. */
  halt(): Promise<void>;
  /** Starts it again after `halt`. */
  resume(): void;
  /** Ends it for good: SIGTERM, and SIGKILL when that does not help. */
  stop(): Promise<void>;
}

/** Starts a program. `changed` is called at every start and end. */
export function supervise(program: SupervisedProgram, changed: (what: string) => void): Supervised {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let deaths = 0;
  /** While the program is halted: what resuming settles. */
  let halted: PromiseWithResolvers<void> | undefined;
  let ended: Promise<string> = Promise.resolve('not started');

  async function keepRunning(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      if (halted) {
        await halted.promise;
        continue;
      }
      const startedAt = performance.now();
      child = start(program);
      changed(`${program.name} started`);
      ended = endOf(child);
      const end = await ended;
      child = undefined;
      if (stopping.signal.aborted) return;
      if (halted) {
        changed(`${program.name} halted`);
        continue;
      }
      deaths += 1;
      failures = performance.now() - startedAt > STEADY_AFTER_MS ? 0 : failures + 1;
      const delayMs =
        RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length) - 1] ?? RESTART_DELAYS_MS[0];
      changed(`${program.name} ended (${end}), starting it again in ${delayMs} ms`);
      await pause(delayMs, stopping.signal);
    }
  }

  const running = keepRunning();
  return {
    name: program.name,
    pid: () => child?.pid,
    deaths: () => deaths,
    async halt() {
      halted ??= Promise.withResolvers();
      child?.kill('SIGKILL');
      await ended;
    },
    resume() {
      halted?.resolve();
      halted = undefined;
    },
    async stop() {
      stopping.abort();
      this.resume();
      const last = child;
      last?.kill('SIGTERM');
      const force = setTimeout(() => last?.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await running;
      clearTimeout(force);
    },
  };
}

function start({ command, args, env, log }: SupervisedProgram): ChildProcess {
  const output = openSync(log, 'a', 0o600);
  try {
    // A group of its own: Ctrl-C reaches the stack alone, which then stops the others in order.
    return spawn(command, args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env },
      detached: true,
    });
  } finally {
    closeSync(output);
  }
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
