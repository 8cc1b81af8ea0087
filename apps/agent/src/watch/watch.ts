import { ServiceError, messageWithCauses } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { pause } from '@mcp/daemon/wait';
import type { Problem } from '@mcp/proto/agent';
import type { Containers } from '../containers/containers.ts';
import type { ContainerEvent } from '../containers/engine-events.ts';
import type { EventLog } from '../events/event-log.ts';
import type { OperationOutcome } from '../operations/operation.ts';
import type { Observed } from '../status/observe.ts';
import type { RegisteredService, Store } from '../store.ts';
import { followEngine } from './engine-stream.ts';
import { createFailureLog } from './failure-log.ts';
import type { KnowsOperation } from './findings.ts';
import { FLAPPING_LIMITS, type FlappingLimits } from './flapping.ts';
import { createQueue } from './queue.ts';
import { createServiceWatch, type ServiceWatch } from './service-watch.ts';
import { strayFindings } from './strays.ts';
import { within } from './within.ts';

const LOOKS_AT_ONCE = 8;
const REPAIRS_AT_ONCE = 4;
/** From an event of the engine to the look: a container that dies is often started again at once. */
const SETTLING_MS = 300;
/** How often it is asked whether the operation of a service is over. */
const BUSY_RECHECK_MS = 1000;
/** Longer than the deadline of a call to a daemon. */
const LOOK_TIMEOUT_MS = 15_000;
/** Longer than a daemon needs to repair what it owns. */
const PATIENCE_INTERVALS = 1.5;
const KEPT_EVENTS = 1000;
const SWEEPS_PER_PRUNE = 120;

export interface WatchOptions {
  store: Pick<Store, 'list' | 'find'>;
  observe(service: RegisteredService, signal: AbortSignal): Promise<Observed>;
  containers: Pick<Containers, 'list' | 'events' | 'version'>;
  events: EventLog;
  knowsOperation: KnowsOperation;
  /** True while an operation runs or waits on the service, those included that a crash interrupted. */
  isBusy(service: string): boolean;
  /**
   * Makes the service as it is recorded again, or stops it again when it should not run. Throws
   * aborted when another operation came first.
   */
  repair(
    service: string,
    signal: AbortSignal,
  ): Promise<{ operationId: string } & Pick<OperationOutcome, 'state' | 'error'>>;
  /**
   * Takes services into the registry that run and that it does not know. Throws unavailable when that
   * cannot be told now.
   */
  takeIn(signal: AbortSignal): Promise<unknown>;
  /** False to report and not repair. */
  reconcile: boolean;
  log: Logger;
  /** Between sweeps, jittered by up to a tenth; default 30 s. */
  intervalMs?: number;
  flapping?: FlappingLimits;
  now?: () => Date;
  wait?: typeof pause;
  /** From 0 to 1, for the jitter. */
  random?: () => number;
}

/** Compares what is recorded with what is, tells events, and repairs. */
export interface Watch {
  /**
   * Looks at every service at start, every interval, and at one soon after something happened to its
   * containers, until the signal is aborted. What fails is logged and tried again. Call it once.
   */
  run(signal: AbortSignal): Promise<void>;
  /** What the last looks at a service found that a fresh look would not: flapping, foreign, failing repairs. */
  problems(service: string): Problem[];
}

export function createWatch({
  store,
  observe,
  containers,
  events,
  knowsOperation,
  isBusy,
  repair,
  takeIn,
  reconcile,
  log,
  intervalMs = 30_000,
  flapping = FLAPPING_LIMITS,
  now = () => new Date(),
  wait = pause,
  random = Math.random,
}: WatchOptions): Watch {
  const watches = new Map<string, ServiceWatch>();
  const changedAt = new Map<string, number>();
  const repairing = new Set<string>();
  const failures = createFailureLog(log);

  function watchOf(name: string): ServiceWatch {
    const existing = watches.get(name);
    if (existing) return existing;
    const patienceMs = intervalMs * PATIENCE_INTERVALS;
    const options = { name, events, knowsOperation, flapping, patienceMs, reconcile, now };
    const created = createServiceWatch(options);
    watches.set(name, created);
    return created;
  }

  /** True while something is at the service: what is seen then is neither right nor wrong. */
  function isChanging(name: string): boolean {
    const changes = isBusy(name) || repairing.has(name);
    if (changes) changedAt.set(name, now().getTime());
    return changes;
  }

  /** Counts deaths of recorded containers, unless an operation is at them. */
  function noteDeath({ service, component, name: container, time, exitCode = 0 }: ContainerEvent): void {
    const recorded = store.find(service)?.generation.containers ?? [];
    if (!recorded.some(({ name }) => name === container) || isChanging(service)) return;
    if (time.getTime() <= (changedAt.get(service) ?? 0)) return;
    watchOf(service).died(component, { time, exitCode });
  }

  /** Looks at one service. Returns when to look, or to repair, next; undefined for the next sweep. */
  async function look(name: string, signal: AbortSignal): Promise<'again' | Date | undefined> {
    if (isChanging(name)) return 'again';
    const service = store.find(name);
    if (!service) return undefined;
    const observed = await within(LOOK_TIMEOUT_MS, (ends) => observe(service, ends), { wait, signal });
    // What an operation began to change in the meantime is not drift.
    if (isChanging(name) || !isSame(service, store.find(name))) return 'again';
    noteAnswers(observed);
    const watch = watchOf(name);
    watch.look(service, observed);
    return watch.repairAt();
  }

  function noteAnswers({ unanswered }: Observed): void {
    const silent = new Map(unanswered.map(({ resource, message }) => [resource, message]));
    for (const resource of ['container', 'port', 'certificate', 'route', 'record']) {
      const message = silent.get(resource);
      if (message === undefined) failures.works(resource);
      else failures.failed(resource, message);
    }
  }

  /** Returns when to look whether it helped. */
  async function repairNow(name: string, signal: AbortSignal): Promise<number> {
    if (isChanging(name) || !watches.get(name)?.repairAt()) return 0;
    repairing.add(name);
    try {
      const { operationId, state, error } = await repair(name, signal);
      if (signal.aborted) return 0;
      const isDone = state === 'succeeded' || state === 'up to date';
      watchOf(name).repaired({ operationId, error: isDone ? '' : error || state });
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      // Another operation came first; the look after it decides anew.
      if (error instanceof ServiceError && error.code === 'aborted') return BUSY_RECHECK_MS;
      watchOf(name).repaired({ operationId: '', error: messageWithCauses(error) });
      return 0;
    } finally {
      repairing.delete(name);
    }
  }

  /** Looks at what has the labels of services that are not in the registry. */
  async function lookAtStrays(signal: AbortSignal): Promise<void> {
    const isStray = (service: string) => store.find(service) === undefined && !isChanging(service);
    const find = async () => (await containers.list()).filter(({ service }) => isStray(service));
    // Twice: between a list and the question whether an operation runs, one may have ended.
    const strays = (await find()).length > 0 ? await find() : [];
    if (signal.aborted) return;
    for (const name of new Set([...watches.keys(), ...strays.map(({ service }) => service)])) {
      if (!isStray(name)) continue;
      const watch = watchOf(name);
      watch.lookAtStrays(
        strayFindings(
          strays.filter(({ service }) => service === name),
          knowsOperation,
        ),
      );
      if (!watch.isOpen()) watches.delete(name);
    }
  }

  return {
    async run(signal) {
      for (const open of events.open()) watchOf(open.event.service).resume(open);
      const timing = { now, wait, signal };
      const looks = createQueue({
        ...timing,
        atOnce: LOOKS_AT_ONCE,
        work: guarded('look at', signal, async (name) => {
          const next = await look(name, signal);
          if (next === undefined) return;
          if (next === 'again') looks.request(name, BUSY_RECHECK_MS);
          else if (next.getTime() <= now().getTime()) repairs.request(name, 0);
          else looks.request(name, next.getTime() - now().getTime());
        }),
      });
      const repairs = createQueue({
        ...timing,
        atOnce: REPAIRS_AT_ONCE,
        work: guarded('repair', signal, async (name) => looks.request(name, await repairNow(name, signal))),
      });
      const strays = createQueue({
        ...timing,
        atOnce: 1,
        work: guarded('look at', signal, () => lookAtStrays(signal)),
      });
      const takeInSoon = async () => void (await within(LOOK_TIMEOUT_MS, takeIn, { wait, signal }));
      let sweeps = 0;
      const sweep = (afterMs: number) =>
        guarded('sweep', signal, async () => {
          if (sweeps++ % SWEEPS_PER_PRUNE === 0) events.prune(KEPT_EVENTS);
          await guarded('take in', signal, takeInSoon)('services');
          for (const { name } of store.list()) looks.request(name, afterMs);
          strays.request('strays', afterMs);
        })('services');

      void followEngine({
        ...timing,
        containers,
        failures,
        onEvent(event) {
          if (event.action === 'die') noteDeath(event);
          looks.request(event.service, SETTLING_MS);
        },
        onReconnect: () => void sweep(SETTLING_MS),
      });
      while (!signal.aborted) {
        await sweep(0);
        await wait(intervalMs * (0.9 + random() * 0.2), signal);
      }
      // What still waits for an answer ends by itself, and does nothing any more.
    },
    problems: (service) => watches.get(service)?.problems() ?? [],
  };

  /** Work that logs why it fails instead of throwing. */
  function guarded(doing: string, signal: AbortSignal, work: (name: string) => Promise<void>) {
    return async (name: string): Promise<void> => {
      const part = `${doing} ${name}`;
      try {
        await work(name);
        failures.works(part);
      } catch (error) {
        if (!signal.aborted) failures.failed(part, error);
      }
    };
  }
}

function isSame(before: RegisteredService, after: RegisteredService | undefined): boolean {
  return before.active === after?.active && before.generation.number === after.generation.number;
}
