import { randomBytes } from 'node:crypto';
import { ServiceError, messageWithCauses } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { pause } from '@mcp/daemon/wait';
import { createEventBuffer, type EventBuffer } from './event-buffer.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { OperationEvent, OperationKind, OperationOutcome } from './operation.ts';
import { runSaga, type SagaOutcome, type StepFn } from '../saga.ts';

/** Total 1 s, 3 s, 8 s, 18 s, 48 s, then every 30 s. */
const STUCK_DELAYS_MS = [1000, 2000, 5000, 10_000, 30_000] as const;
const QUIET_OUTCOME = { error: '', stuck: [], generation: 0, addresses: [] };
/** Operations that are remembered of each service. */
const KEPT_OPERATIONS = 500;

export interface OperationRequest {
  kind: OperationKind;
  service: string;
  /** JSON that the saga is built from, now and after a restart. */
  inputs: string;
  /** What it is to make run, for history; empty for an operation that does not choose. */
  version: string;
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
   * nobody listens, and comes after those that a crash interrupted: it waits for `resume`. The
   * same request as the last one of the service joins that. Throws aborted when another runs on the
   * service and `noWait` is set.
   */
  begin(request: OperationRequest): AsyncGenerator<OperationEvent>;
  /**
   * Asks an operation that runs or waits to undo what it did, and returns its events from the
   * first to the last. Safe to repeat. Throws not_found, and failed_precondition when it has
   * ended or is past its point of no return.
   */
  cancel(id: string, caller: string): AsyncGenerator<OperationEvent>;
  /** True while an operation runs or waits on the service. */
  isBusy(service: string): boolean;
  /** Finishes what the journal holds from before; returns when all of it has ended or the agent stops. */
  resume(): Promise<void>;
}

/** An operation that has not ended. */
interface Live {
  id: string;
  request: Pick<OperationRequest, 'kind' | 'service' | 'inputs'>;
  events: EventBuffer;
  cancel: AbortController;
  ended: Promise<void>;
}

export function createOperations({
  journal,
  sagaOf,
  describe,
  signal,
  log,
  stuckDelaysMs = STUCK_DELAYS_MS,
  forwardDelaysMs,
}: {
  journal: Journal;
  sagaOf: SagaFactory;
  describe: Describe;
  /** Aborted when the agent stops: running steps end, and the next start goes on from the journal. */
  signal: AbortSignal;
  log: Logger;
  /** Delays before a stuck operation is tried again; the last one repeats. */
  stuckDelaysMs?: readonly number[];
  /** See SagaOptions. */
  forwardDelaysMs?: readonly number[];
}): Operations {
  const live = new Map<string, Live>();
  /** The last operation of each service's queue. */
  const tails = new Map<string, Live>();
  const resumed = Promise.withResolvers<void>();

  function enqueue(id: string, request: Live['request'], work: (operation: Live) => Promise<void>): Live {
    const { kind, service } = request;
    const ahead = tails.get(service);
    const events = createEventBuffer();
    const cancel = new AbortController();
    const operation: Live = { id, request, events, cancel, ended: Promise.resolve() };
    operation.ended = (ahead?.ended ?? Promise.resolve())
      .then(() => work(operation))
      .then(events.end, (error: unknown) => {
        log.error({ err: error, operation: id }, 'operation ended with a bug');
        events.fail(error);
      })
      .then(() => {
        live.delete(id);
        if (tails.get(service) === operation) tails.delete(service);
      });
    live.set(id, operation);
    tails.set(service, operation);
    events.push({
      type: 'started',
      operationId: id,
      kind,
      service,
      waitsFor: ahead?.id ?? '',
      joined: false,
    });
    return operation;
  }

  /** Runs an operation until it has ended; tells its readers about its first outcome, which may be stuck. */
  async function run({ id, events, cancel }: Live, resumed: boolean): Promise<void> {
    const entry = journal.get(id);
    if (!entry) throw new Error(`operation ${id} is not in the journal`);
    const startedAt = performance.now();
    const finish = (outcome: Omit<OperationOutcome, 'generation' | 'addresses'>): void => {
      const described = describe(entry.service);
      events.push({
        type: 'finished',
        outcome: { ...outcome, ...described },
        durationMs: performance.now() - startedAt,
      });
      log.info({ operation: id, kind: entry.kind, service: entry.service, ...outcome }, 'operation ended');
    };

    for (let attempt = 0; ; attempt++) {
      const outcome = await pass(entry, {
        resumes: resumed || attempt > 0,
        cancelled: cancel.signal,
        emit: events.push,
      });
      if (outcome.state === 'interrupted') return;
      const ended = { endedAt: new Date(), generation: describe(entry.service).generation };
      if (outcome.state === 'up to date') journal.setState(id, 'up_to_date', ended);
      else if (outcome.state === 'succeeded') journal.setState(id, 'succeeded', { ...ended, stuck: [] });
      else if (outcome.state === 'rolled back') journal.setState(id, 'rolled_back', { ...ended, stuck: [] });
      else {
        const { error, stuck, committed } = outcome;
        journal.setState(id, committed ? 'committed' : 'undoing', { error, stuck });
      }
      if (attempt === 0 || outcome.state !== 'stuck') finish({ ...QUIET_OUTCOME, ...outcome });
      if (outcome.state !== 'stuck') return journal.prune(entry.service, KEPT_OPERATIONS);
      await pause(stuckDelaysMs[Math.min(attempt, stuckDelaysMs.length - 1)]!, signal);
      if (signal.aborted) return;
    }
  }

  async function pass(
    entry: JournalEntry,
    options: { resumes: boolean; cancelled: AbortSignal; emit: (event: OperationEvent) => void },
  ): Promise<SagaOutcome | { state: 'up to date' }> {
    try {
      const body = await sagaOf(entry, options.resumes);
      if (body === 'up to date') return { state: 'up to date' };
      return await runSaga({ id: entry.id, journal, stopping: signal, forwardDelaysMs, ...options }, body);
    } catch (error) {
      if (signal.aborted) return { state: 'interrupted' };
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
    async *begin({ noWait, caller, version, ...request }) {
      await resumed.promise;
      const ahead = tails.get(request.service);
      if (ahead && isSameRequest(ahead.request, request)) {
        for await (const event of ahead.events.read())
          yield event.type === 'started' ? { ...event, joined: true } : event;
        return;
      }
      if (ahead && noWait) {
        throw new ServiceError(
          'aborted',
          `${ahead.request.kind} ${ahead.id} is running on ${request.service}: wait for it, ` +
            `end it with mcp cancel ${ahead.id}, or see mcp status ${request.service}`,
          { details: { resource: ahead.id } },
        );
      }
      const id = randomBytes(6).toString('hex');
      const { events } = enqueue(id, request, async (operation) => {
        journal.begin({ id, ...request, caller, version, startedAt: new Date() });
        await run(operation, false);
      });
      yield* events.read();
    },
    async *cancel(id, caller) {
      await resumed.promise;
      const operation = live.get(id);
      const entry = journal.get(id);
      if (!operation) throw entry ? alreadyEnded(entry) : unknownOperation(id);
      if (entry?.state === 'committed') {
        const { kind, service } = operation.request;
        throw new ServiceError(
          'failed_precondition',
          `${kind} ${id} of ${service} is past its point of no return: it is finished, not undone; see mcp status ${service}`,
          { details: { resource: id } },
        );
      }
      operation.cancel.abort(new Error(`cancelled by ${caller}`));
      yield* operation.events.read();
    },
    isBusy: (service) => tails.has(service),
    async resume() {
      const unfinished = journal.unfinished();
      for (const { id, kind, service } of unfinished)
        log.info({ operation: id, kind, service }, 'operation resumed');
      const operations = unfinished.map(({ id, kind, service, inputs }) =>
        enqueue(id, { kind, service, inputs }, (operation) => run(operation, true)),
      );
      resumed.resolve();
      await Promise.all(operations.map(({ ended }) => ended));
    },
  };
}

function isSameRequest(some: Live['request'], other: Live['request']): boolean {
  return some.kind === other.kind && some.service === other.service && some.inputs === other.inputs;
}

function alreadyEnded({ id, kind, service, state }: JournalEntry): ServiceError {
  return new ServiceError(
    'failed_precondition',
    `${kind} ${id} of ${service} has ended already (${state.replaceAll('_', ' ')}): there is nothing to cancel`,
    { details: { resource: id } },
  );
}

function unknownOperation(id: string): ServiceError {
  return new ServiceError('not_found', `no operation ${id}: mcp history lists them`, {
    details: { resource: id },
  });
}
