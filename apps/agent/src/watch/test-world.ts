import { ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { openDatabase } from '@mcp/daemon/sqlite';
import { ComponentState, EventKind } from '@mcp/proto/agent';
import { onTestFinished } from 'vitest';
import type { ObservedContainer } from '../containers/containers.ts';
import type { ContainerEvent } from '../containers/engine-events.ts';
import { createEventLog, eventsMigration } from '../events/event-log.ts';
import type { Observed } from '../status/observe.ts';
import type { RegisteredService } from '../store.ts';
import { createFakeTime } from './fake-time.ts';
import { container, inPlace, registered, status } from './test-service.ts';
import { createWatch, type WatchOptions } from './watch.ts';

type Repair = WatchOptions['repair'];

/** What every service of a world has one of; each is in place unless it is changed. */
export interface FakeService {
  registered: RegisteredService;
  /** Differences from a service with everything in place. */
  differs: Partial<Observed>;
}

/** A node with services, an engine, a clock that tests move, and an agent that can be restarted. */
export function createWorld(names: readonly string[] = ['web']) {
  const time = createFakeTime('2026-11-24T12:00:00Z');
  const database = openDatabase(':memory:', [eventsMigration]);
  const events = createEventLog(database);
  const logged: string[] = [];
  const services = new Map(
    names.map((name) => [name, { registered: registered({ name }), differs: {} } as FakeService]),
  );
  const strays: ObservedContainer[] = [];
  const busy = new Set<string>();
  const looked: string[] = [];
  const repaired: string[] = [];
  let engineIsUp = true;
  let streams: { push(event: ContainerEvent): void; fail(): void }[] = [];
  let stop = new AbortController();
  let takeIn: () => Promise<void> = async () => undefined;
  let afterList: () => void = () => undefined;
  let beforeAnswer: (name: string) => Promise<void> | void = () => undefined;

  const down = () => new ServiceError('unavailable', 'the engine does not answer');
  const requireEngine = () => {
    if (!engineIsUp) throw down();
  };

  async function* follow(signal: AbortSignal): AsyncGenerator<ContainerEvent> {
    requireEngine();
    const waiting: ContainerEvent[] = [];
    let failed = false;
    let wake: () => void = () => undefined;
    streams.push({
      push: (event) => (waiting.push(event), wake()),
      fail: () => ((failed = true), wake()),
    });
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const event = waiting.shift();
      if (event) yield event;
      else if (failed) throw down();
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  async function observe({ name }: RegisteredService): Promise<Observed> {
    looked.push(name);
    const { differs } = services.get(name)!;
    await beforeAnswer(name);
    if (engineIsUp) return { ...inPlace(), ...differs };
    const unanswered = [{ resource: 'container', message: down().message }];
    return { ...inPlace(), ...differs, components: [], containers: undefined, unanswered };
  }

  /** Puts everything of the service in place. */
  const putInPlace: Repair = async (name) => {
    services.get(name)!.differs = {};
    return { operationId: `repair${repaired.length}`, state: 'succeeded', error: '' };
  };
  let repair: Repair = putInPlace;

  const logger = (level: string) => (fields: { part: string }, message: string) =>
    void logged.push(`${level} ${message}: ${fields.part}`);

  function start({ reconcile = true, ...options }: Partial<WatchOptions> = {}) {
    stop = new AbortController();
    const watch = createWatch({
      store: {
        list: () => [...services.values()].map((each) => each.registered),
        find: (name) => services.get(name)?.registered,
      },
      observe,
      containers: {
        async list() {
          requireEngine();
          const listed = [...strays];
          await time.settle();
          afterList();
          return listed;
        },
        events: follow,
        version: async () => (requireEngine(), 'fake'),
      },
      events,
      knowsOperation: (id) => id === 'op1',
      isBusy: (name) => busy.has(name),
      repair: (name, signal) => {
        repaired.push(name);
        return repair(name, signal);
      },
      takeIn: () => takeIn(),
      reconcile,
      log: { warn: logger('warn'), info: logger('info') } as unknown as Logger,
      flapping: { deaths: 3, withinMs: 600_000 },
      now: time.now,
      wait: time.wait,
      random: () => 0.5,
      ...options,
    });
    const ended = watch.run(stop.signal);
    return { ...watch, ended };
  }

  onTestFinished(async () => {
    stop.abort();
    await time.settle();
    database.close();
  });

  return {
    ...time,
    events,
    services,
    strays,
    busy,
    looked,
    repaired,
    logged,
    start,
    putInPlace,
    stop: async () => (stop.abort(), time.settle()),
    repairBy: (next: Repair) => void (repair = next),
    /** Runs while a service is looked at, after it was seen. */
    beforeAnswer: (next: typeof beforeAnswer) => void (beforeAnswer = next),
    takeInBy: (next: typeof takeIn) => void (takeIn = next),
    /** Runs once the containers are listed, before that is known. */
    afterList: (next: () => void) => void (afterList = next),
    see(differs: Partial<Observed>, name = 'web'): void {
      services.get(name)!.differs = differs;
    },
    setGeneration(number: number): void {
      const service = services.get('web')!;
      const generation = { ...service.registered.generation, number };
      service.registered = { ...service.registered, generation };
    },
    emit(change: Partial<ContainerEvent> = {}): void {
      const event: ContainerEvent = {
        time: time.now(),
        action: 'die',
        service: 'web',
        component: 'front',
        name: container.name,
        operation: 'op1',
        exitCode: 1,
        ...change,
      };
      for (const { push } of streams) push(event);
    },
    setEngine(up: boolean): void {
      engineIsUp = up;
      if (up) return;
      for (const { fail } of streams) fail();
      streams = [];
    },
    /** What the log has, oldest first: "KIND message" with the operation, if there is one. */
    told: (service = '') =>
      events
        .list(service, 1000)
        .reverse()
        .map(({ kind, message, operationId }) => {
          const by = operationId === '' ? '' : ` (${operationId})`;
          return `${Object.entries(EventKind).find(([, number]) => number === kind)?.[0]} ${message}${by}`;
        }),
  };
}

export const exited: Partial<Observed> = {
  components: [{ ...status, state: ComponentState.EXITED, exitCode: 1 }],
  containers: [{ ...container, running: false }],
};
