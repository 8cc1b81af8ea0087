import { messageWithCauses } from '@mcp/daemon/errors';
import { pause } from '@mcp/daemon/wait';
import type { Journal } from './operations/journal.ts';
import type { OperationEvent } from './operations/operation.ts';

/** Total 0.2 s, 0.7 s, 1.7 s, 3.7 s. */
const FORWARD_DELAYS_MS = [200, 500, 1000, 2000] as const;
/** Of the calls of an undo, and of an attempt past the point of no return. */
const CALLS_TIMEOUT_MS = 60_000;

/** What a step returns: JSON that later steps and a resumed saga read; `detail` is for the operator. */
export type StepOutput = { detail?: string };

export interface StepOptions<Output extends StepOutput> {
  /** Unique in the saga, and stored: renaming one is a migration. */
  name: string;
  run(signal: AbortSignal): Promise<Output>;
  /**
   * Takes back what `run` did, found by what the step was given, not by what it returned: a
   * step that failed may still have happened. Safe to repeat, and to call when nothing happened.
   */
  undo?(signal: AbortSignal): Promise<void>;
  /** The point of no return: once this step is done nothing is undone any more, the rest is rolled forward. */
  commits?: boolean;
  /** How long it may wait for others, beside its calls: an undo, and an attempt past the point of no return, end after both. */
  waitsMs?: number;
}

export type StepFn = <Output extends StepOutput>(options: StepOptions<Output>) => Promise<Output>;

/** Runs steps side by side; waits for all of them before it throws the first error. */
export async function inParallel<const Steps extends readonly unknown[]>(
  steps: Steps,
): Promise<{ -readonly [Index in keyof Steps]: Awaited<Steps[Index]> }> {
  const settled = await Promise.allSettled(steps);
  for (const result of settled) {
    if (result.status === 'rejected') throw result.reason;
  }
  return Promise.all(steps);
}

/** How a pass over a saga ended. */
export type SagaOutcome =
  | { state: 'succeeded' }
  | { state: 'rolled back'; error: string }
  /** The process stops. Call runSaga again at the next start. */
  | { state: 'interrupted' }
  /** Call runSaga again later. `committed`: it goes forward then, else it goes on undoing. */
  | { state: 'stuck'; error: string; stuck: string[]; committed: boolean };

/** A step failed; its message names the step, the cause follows. */
class StepError extends Error {
  override readonly name = 'StepError';
  readonly step: string;

  constructor(step: string, reason: string, options?: ErrorOptions) {
    super(`${step}: ${reason}`, options);
    this.step = step;
  }
}

export interface SagaOptions {
  id: string;
  journal: Journal;
  /** True when the journal holds an earlier pass: nothing is begun anew unless it had passed the point of no return. */
  resumes: boolean;
  /** The caller's: aborting it fails the running step, and with that the saga. Undoing has its own deadline. */
  cancelled?: AbortSignal;
  /** The process's: aborting it ends the pass where it is; the journal says where to go on. */
  stopping: AbortSignal;
  emit(event: OperationEvent): void;
  /** Delays between attempts of a step past the point of no return, before it counts as stuck. */
  forwardDelaysMs?: readonly number[] | undefined;
}

/**
 * Runs, resumes, or goes on unwinding the saga `body` as the journal says: a step that is
 * recorded as done returns its recorded output; a saga that was interrupted before its point of
 * no return is unwound, one after it is rolled forward. So `body` may branch on its
 * arguments and on step outputs, never on clock or chance. Safe to repeat until it is not stuck.
 */
export async function runSaga(
  { id, journal, resumes, cancelled, stopping, emit, forwardDelaysMs = FORWARD_DELAYS_MS }: SagaOptions,
  body: (step: StepFn) => Promise<void>,
): Promise<SagaOutcome> {
  const recorded = journal.steps(id);
  let committed = journal.get(id)?.state === 'committed';
  /** What went wrong first: the steps beside it only say that they were stopped. */
  let firstFailure: StepError | undefined;
  const failed = new AbortController();
  const running = AbortSignal.any([failed.signal, stopping, ...(cancelled ? [cancelled] : [])]);
  const undos: { step: string; timeoutMs: number; undo: (signal: AbortSignal) => Promise<void> }[] = [];

  const step: StepFn = async ({ name, run, undo, commits = false, waitsMs = 0 }) => {
    const record = recorded.get(name);
    const timeoutMs = waitsMs + CALLS_TIMEOUT_MS;
    if (undo && !record?.undone && (record || !resumes || committed))
      undos.push({ step: name, timeoutMs, undo });
    if (record?.output !== undefined) return JSON.parse(record.output) as Awaited<ReturnType<typeof run>>;
    if (resumes && !committed) throw new StepError(name, 'interrupted by a restart of the agent');
    journal.stepStarted(id, name);
    emit({ type: 'step started', step: name });
    const startedAt = performance.now();
    try {
      if (!committed) running.throwIfAborted();
      const output = committed
        ? await goForward(run, { delaysMs: forwardDelaysMs, timeoutMs, stopping })
        : await run(running);
      journal.stepDone(id, name, JSON.stringify(output), commits);
      committed ||= commits;
      emit({
        type: 'step done',
        step: name,
        durationMs: performance.now() - startedAt,
        detail: output.detail ?? '',
      });
      return output;
    } catch (thrown) {
      // A call that was aborted says no more than that it was; the signal says why.
      const cause: unknown = !committed && running.aborted ? running.reason : thrown;
      const error = messageWithCauses(cause);
      emit({ type: 'step failed', step: name, durationMs: performance.now() - startedAt, error });
      const stepError = new StepError(name, error, { cause });
      firstFailure ??= stepError;
      failed.abort(new Error(`stopped, because ${name} failed`));
      throw stepError;
    }
  };

  try {
    await body(step);
    return { state: 'succeeded' };
  } catch (thrown) {
    if (!(thrown instanceof StepError)) throw thrown;
    const error = firstFailure ?? thrown;
    if (stopping.aborted) return { state: 'interrupted' };
    if (committed) return { state: 'stuck', error: error.message, stuck: [error.step], committed };
    // The first failure is what the operator must read, also after a restart in the middle of undoing.
    const first = journal.get(id)?.error || error.message;
    journal.setState(id, 'undoing', { error: first });
    const stuck = await unwind();
    return stuck.length > 0
      ? { state: 'stuck', error: first, stuck, committed }
      : { state: 'rolled back', error: first };
  }

  /** Undoes newest first, shielded from the caller's signal; one that fails does not stop the others. */
  async function unwind(): Promise<string[]> {
    const stuck: string[] = [];
    for (const { step: name, timeoutMs, undo } of undos.reverse()) {
      try {
        await undo(AbortSignal.timeout(timeoutMs));
        journal.stepUndone(id, name);
        emit({ type: 'step undone', step: name, error: '' });
      } catch (cause) {
        stuck.push(name);
        emit({ type: 'step undone', step: name, error: messageWithCauses(cause) });
      }
    }
    return stuck;
  }
}

/** Tries a few times before it gives up with the last error. */
async function goForward<Output>(
  run: (signal: AbortSignal) => Promise<Output>,
  {
    delaysMs,
    timeoutMs,
    stopping,
  }: { delaysMs: readonly number[]; timeoutMs: number; stopping: AbortSignal },
): Promise<Output> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run(AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]));
    } catch (error) {
      const delayMs = delaysMs[attempt];
      if (delayMs === undefined || stopping.aborted) throw error;
      await pause(delayMs, stopping);
    }
  }
}
