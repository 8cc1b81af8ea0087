import { ServiceError } from '@mcp/daemon/errors';
import { pause } from '@mcp/daemon/wait';
import {
  OperationKind,
  OperationState,
  type Operation,
  type OperationEvent,
  type OperationFinished,
} from '@mcp/proto/agent';

export type FakeKind = Exclude<keyof typeof OperationKind, 'UNSPECIFIED' | 'UNRECOGNIZED'>;
type Response = { event: OperationEvent };

/** How the operations of a fake run. */
export interface FakeOperationOptions {
  /** Steps of every operation, in order. */
  steps: readonly string[];
  /** How long each step takes. */
  stepMs: number;
  /** The step that ends only when it is told to go on, or its operation is cancelled. */
  waitAt?: string;
  /** How long each undo takes. */
  undoMs?: number;
  /** The step that fails, after which those before it are undone. */
  failAt?: string;
  /** The step whose undo fails. */
  stuckAt?: string;
  /** The step after which there is no way back. */
  commitAfter?: string;
  /** Ends the stream without a finished event after this step. */
  leaveAfter?: string;
}

export interface FakeRequest {
  kind: FakeKind;
  service: string;
  version?: string;
  noWait: boolean;
  /** Says whether there is nothing to do. */
  isDone(): boolean;
  /** What has changed when no step failed. */
  change(): void;
}

/** Operations that remember their events, one at a time per service, in memory. */
export interface FakeOperations {
  /** Newest first. */
  list: Operation[];
  begin(request: FakeRequest): AsyncGenerator<Response>;
  cancel(id: string): AsyncGenerator<Response>;
  /** Lets what waits at a step go on. */
  goOn(): void;
}

interface Run {
  operation: Operation;
  /** What it was asked to do; the same again joins it. */
  key: string;
  waitsFor: string;
  events: OperationEvent[];
  /** Resolves when there are more events. */
  more: PromiseWithResolvers<void>;
  cancelled: AbortController;
  isCommitted: boolean;
  ended: Promise<void>;
}

export function createFakeOperations(
  options: FakeOperationOptions,
  after: (service: string) => Pick<OperationFinished, 'generation' | 'addresses'>,
): FakeOperations {
  const list: Operation[] = [];
  const runs: Run[] = [];
  const waiting = new Set<() => void>();
  const isOpen = ({ operation }: Run): boolean => operation.endedAt === undefined;

  function begin({ kind, service, version = '', noWait, isDone, change }: FakeRequest) {
    const key = `${kind} ${service} ${version}`;
    const open = runs.filter((run) => run.operation.service === service && isOpen(run));
    const same = open.find((run) => run.key === key);
    if (same) return read(same, true);
    const ahead = open.at(-1);
    if (ahead && noWait) {
      const { id } = ahead.operation;
      throw new ServiceError('aborted', `operation ${id} is running on ${service}: wait for it`);
    }
    const operation: Operation = {
      id: String(runs.length + 1).padStart(12, '0'),
      kind: OperationKind[kind],
      service,
      version,
      state: OperationState.RUNNING,
      caller: 'kim',
      startedAt: new Date(),
      endedAt: undefined,
      error: '',
      stuck: [],
      generation: 0n,
    };
    const run: Run = {
      operation,
      key,
      waitsFor: ahead?.operation.id ?? '',
      events: [],
      more: Promise.withResolvers(),
      cancelled: new AbortController(),
      isCommitted: false,
      ended: Promise.resolve(),
    };
    runs.push(run);
    list.unshift(operation);
    run.ended = (ahead?.ended ?? Promise.resolve()).then(() => work(run, isDone, change));
    return read(run, false);
  }

  async function work(run: Run, isDone: () => boolean, change: () => void): Promise<void> {
    const { operation, cancelled } = run;
    const say = (event: NonNullable<OperationEvent['event']>): void => {
      run.events.push({ event });
      run.more.resolve();
      run.more = Promise.withResolvers();
    };
    const finish = (state: OperationState, error = '', stuck: string[] = []): void => {
      const { generation, addresses } = after(operation.service);
      Object.assign(operation, { state, error, stuck, generation, endedAt: new Date() });
      const duration = { seconds: 0n, nanos: 412_000_000 };
      say({ $case: 'finished', value: { state, error, stuck, generation, duration, addresses } });
    };

    if (isDone()) return finish(OperationState.UP_TO_DATE);
    const done: string[] = [];
    for (const step of options.steps) {
      say({ $case: 'stepStarted', value: { step } });
      await pause(options.stepMs, cancelled.signal);
      if (step === options.waitAt && !cancelled.signal.aborted) await told(cancelled.signal);
      const duration = { seconds: 0n, nanos: 3_000_000 };
      const error = cancelled.signal.aborted
        ? 'cancelled by kim'
        : step === options.failAt
          ? 'api exited with code 1\nlast lines:\n  cannot open /srv/demo/demo.db'
          : undefined;
      if (error !== undefined) {
        say({ $case: 'stepFailed', value: { step, duration, error } });
        for (const each of done.toReversed()) {
          await pause(options.undoMs ?? 0, new AbortController().signal);
          const why = each === options.stuckAt ? 'portd does not answer' : '';
          say({ $case: 'stepUndone', value: { step: each, error: why } });
        }
        const stuck = done.filter((each) => each === options.stuckAt);
        const state = stuck.length > 0 ? OperationState.STUCK : OperationState.ROLLED_BACK;
        return finish(state, `${step}: ${error}`, stuck);
      }
      say({ $case: 'stepDone', value: { step, duration, detail: `${step} of ${operation.service}` } });
      done.push(step);
      run.isCommitted ||= step === options.commitAfter;
    }
    change();
    finish(OperationState.SUCCEEDED);
  }

  async function told(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    signal.addEventListener('abort', () => resolve());
    await promise;
  }

  function goOn(): void {
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  async function* read(run: Run, joined: boolean): AsyncGenerator<Response> {
    const { operation, waitsFor } = run;
    const { id: operationId, kind, service } = operation;
    yield {
      event: { event: { $case: 'started', value: { operationId, kind, service, waitsFor, joined } } },
    };
    for (let next = 0; ;) {
      const event = run.events[next];
      if (event === undefined) {
        await run.more.promise;
        continue;
      }
      next += 1;
      yield { event };
      if (event.event?.$case === 'finished') return;
      if (event.event?.$case === 'stepDone' && event.event.value.step === options.leaveAfter) return;
    }
  }

  function cancel(id: string): AsyncGenerator<Response> {
    const run = runs.find(({ operation }) => operation.id === id);
    if (!run) throw new ServiceError('not_found', `there is no operation ${id}: see mcp history`);
    if (!isOpen(run)) throw new ServiceError('failed_precondition', `operation ${id} has ended`);
    if (run.isCommitted) {
      throw new ServiceError(
        'failed_precondition',
        `operation ${id} is past its point of no return: it is finished, not undone`,
      );
    }
    run.cancelled.abort();
    return read(run, false);
  }

  return { list, begin, cancel, goOn };
}
