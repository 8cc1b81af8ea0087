import { randomBytes } from 'node:crypto';
import { ServiceError, messageWithCauses } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { pause } from '@mcp/daemon/wait';
import type { Journal, JournalEntry } from './journal.ts';
import type { OperationEvent, OperationKind, OperationOutcome } from './operation.ts';
import { runSaga, type SagaOutcome, type StepFn } from '../saga.ts';

/** Delays before a stuck operation is tried again; the last one repeats. */
const STUCK_DELAYS_MS = [1000, 2000, 5000, 10_000, 30_000] as const;
const QUIET_OUTCOME = { error: '', stuck: [], generation: 0, addresses: [] };

export interface OperationRequest {
  kind: OperationKind;
  service: string;
  /** JSON that the saga is built from, now and after a restart. */
  inputs: string;
  caller: string;
  noWait: boolean;
}

/**
 * Builds the saga of a journaled operation. When it is new, not resumed, it may instead say
 * that there is nothing to do.
 */
export type SagaFactory = (
  entry: JournalEntry,
  resumes: boolean,
) => Promise<((step: StepFn) => Promise<void>) | 'up to date'>;

/** What the operator is told about a service after an operation. */
export type Describe = (service: string) => Pick<OperationOutcome, 'generation' | 'addresses'>;

/** Runs operations, one at a time per service, and finishes those that a crash interrupted. */
export interface Operations {
  /**
   * Begins an operation and returns its events from the first to the last. It goes on when
   * nobody listens, and comes after those that a crash interrupted: it waits for `resume`.
   * Throws aborted when another runs on the service and `noWait` is set.
   */
  begin(request: OperationRequest): AsyncGenerator<OperationEvent>;
  /** Finishes what the journal holds from before; returns when all of it has ended or the agent stops. */
  resume(): Promise<void>;
}

export function createOperations({
  journal,
  sagaOf,
  describe,
  signal,
  log,
}: {
  journal: Journal;
  sagaOf: SagaFactory;
  describe: Describe;
  /** Aborted when the agent stops: running steps end, and the next start goes on from the journal. */
  signal: AbortSignal;
  log: Logger;
}): Operations {
  /** The tail of each service's queue. */
  const queues = new Map<string, { id: string; ended: Promise<void> }>();
  const resumed = Promise.withResolvers<void>();

  function enqueue(entry: Pick<JournalEntry, 'id' | 'service'>, work: () => Promise<void>): Promise<void> {
    const ahead = queues.get(entry.service);
    const ended = (ahead?.ended ?? Promise.resolve()).then(work);
    const settled = ended.catch((error: unknown) => {
      log.error({ err: error, operation: entry.id }, 'operation ended with a bug');
    });
    queues.set(entry.service, { id: entry.id, ended: settled });
    void settled.then(() => {
      if (queues.get(entry.service)?.id === entry.id) queues.delete(entry.service);
    });
    return ended;
  }

  /** Runs an operation until it has ended; tells `emit` about its first outcome, which may be stuck. */
  async function run(id: string, resumed: boolean, emit: (event: OperationEvent) => void): Promise<void> {
    const entry = journal.get(id);
    if (!entry) throw new Error(`operation ${id} is not in the journal`);
    const startedAt = performance.now();
    const finish = (outcome: Omit<OperationOutcome, 'generation' | 'addresses'>): void => {
      const described = describe(entry.service);
      emit({
        type: 'finished',
        outcome: { ...outcome, ...described },
        durationMs: performance.now() - startedAt,
      });
      log.info({ operation: id, kind: entry.kind, service: entry.service, ...outcome }, 'operation ended');
    };

    for (let attempt = 0; ; attempt++) {
      const outcome = await pass(entry, resumed || attempt > 0, emit);
      if (outcome.state === 'interrupted') return;
      const endedAt = new Date();
      if (outcome.state === 'up to date') journal.setState(id, 'up_to_date', { endedAt });
      else if (outcome.state === 'succeeded') journal.setState(id, 'succeeded', { endedAt, stuck: [] });
      else if (outcome.state === 'rolled back') journal.setState(id, 'rolled_back', { endedAt, stuck: [] });
      else {
        const { error, stuck, committed } = outcome;
        journal.setState(id, committed ? 'committed' : 'undoing', { error, stuck });
      }
      if (attempt === 0 || outcome.state !== 'stuck') finish({ ...QUIET_OUTCOME, ...outcome });
      if (outcome.state !== 'stuck') return;
      await pause(STUCK_DELAYS_MS[Math.min(attempt, STUCK_DELAYS_MS.length - 1)]!, signal);
      if (signal.aborted) return;
    }
  }

  async function pass(
    entry: JournalEntry,
    resumes: boolean,
    emit: (event: OperationEvent) => void,
  ): Promise<SagaOutcome | { state: 'up to date' }> {
    try {
      const body = await sagaOf(entry, resumes);
      if (body === 'up to date') return { state: 'up to date' };
      return await runSaga({ id: entry.id, journal, resumes, stopping: signal, emit }, body);
    } catch (error) {
      if (!(error instanceof ServiceError))
        log.error({ err: error, operation: entry.id }, 'operation failed unexpectedly');
      const message =
        error instanceof ServiceError ? messageWithCauses(error) : 'internal error, see the agent log';
      const known = journal.steps(entry.id).size > 0;
      if (known)
        return {
          state: 'stuck',
          error: message,
          stuck: [entry.kind],
          committed: journal.get(entry.id)?.state === 'committed',
        };
      journal.setState(entry.id, 'undoing', { error: message });
      return { state: 'rolled back', error: message };
    }
  }

  return {
    async *begin({ kind, service, inputs, caller, noWait }) {
      await resumed.promise;
      const ahead = queues.get(service);
      if (ahead && noWait) {
        throw new ServiceError(
          'aborted',
          `operation ${ahead.id} is running on ${service}: wait for it, or see mcp status ${service}`,
          {
            details: { resource: ahead.id },
          },
        );
      }
      const id = randomBytes(6).toString('hex');
      const events = createEventBuffer();
      const started = enqueue({ id, service }, async () => {
        journal.begin({ id, kind, service, inputs, caller, startedAt: new Date() });
        await run(id, false, events.push);
      });
      started.then(events.end, events.fail);
      events.push({ type: 'started', operationId: id, kind, service, waitsFor: ahead?.id ?? '' });
      yield* events.read();
    },
    async resume() {
      const entries = journal.unfinished();
      for (const { id, kind, service } of entries)
        log.info({ operation: id, kind, service }, 'operation resumed');
      const ended = entries.map((entry) => enqueue(entry, () => run(entry.id, true, () => undefined)));
      resumed.resolve();
      await Promise.allSettled(ended);
    },
  };
}

/** Events from one writer to one reader that may come later or leave early. */
function createEventBuffer() {
  const events: OperationEvent[] = [];
  let ended = false;
  let failure: unknown;
  let wake: () => void = () => undefined;
  return {
    push(event: OperationEvent) {
      events.push(event);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    fail(error: unknown) {
      failure = error;
      ended = true;
      wake();
    },
    async *read(): AsyncGenerator<OperationEvent> {
      for (let index = 0; ;) {
        const event = events[index];
        if (event) {
          index += 1;
          yield event;
          if (event.type === 'finished') return;
        } else if (failure !== undefined) throw failure;
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
