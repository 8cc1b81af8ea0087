import { createLogger } from '@mcp/daemon/logging';
import { openDatabase, type Connection } from '@mcp/daemon/sqlite';
import { UpdateStrategy } from '@mcp/proto/agent';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { onTestFinished } from 'vitest';
import { createEffects } from './effects.ts';
import { createFakeFleet, webSpec } from './fake-fleet.ts';
import { migrations } from './migrations.ts';
import { createJournal, type Journal } from './operations/journal.ts';
import type { OperationEvent, OperationOutcome } from './operations/operation.ts';
import { createOperations } from './operations/operations.ts';
import { inputsToJson, sagaOf, type OperationInputs } from './operations/sagas.ts';
import { createStore, type Store } from './store.ts';

export type FakeFleet = ReturnType<typeof createFakeFleet>;

/** What outlives an agent: the fleet, and the agent's own file. */
export interface World {
  fleet: FakeFleet;
  database: Connection;
  dataDir: string;
}

export function createWorld(): World {
  const database = openDatabase(':memory:', migrations);
  onTestFinished(() => void database.close());
  return { fleet: createFakeFleet(), database, dataDir: temporaryDirectory() };
}

/** Is told of every write to the journal, before and after it is made. */
export type OnWrite = (when: 'before' | 'after') => void;

export type TestAgent = ReturnType<typeof createAgent>;

/** An agent over a fake fleet, with a real journal and registry in SQLite. It begins nothing before `resume`. */
export function createAgent({ fleet, database, dataDir }: World, onWrite: OnWrite = () => undefined) {
  let killed = false;
  const death = Promise.withResolvers<void>();
  const store = createStore(database);
  const journal = createJournal(database);
  const config = {
    node: {
      name: 'rift',
      addresses: ['10.0.0.1'],
      backend_address: '127.0.0.1',
      service_domain: 'svc.example.net',
      allowed_domains: [],
    },
    containers: {
      namespace: '',
      socket: '/s',
      data_dir: dataDir,
      network: 'n',
      user: '0:0',
      restart: 'no',
      stop_timeout_s: 1,
    },
  };
  /** A process that was killed writes nothing any more. */
  const guarded = <Subject extends object>(
    subject: Subject,
    names: readonly (keyof Subject)[],
    told: OnWrite,
  ) =>
    new Proxy(subject, {
      get(target, name) {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        if (!names.includes(name as keyof Subject)) return method;
        return (...args: unknown[]) => {
          if (!killed) told('before');
          if (killed) throw new Error('killed');
          const result = method(...args);
          told('after');
          if (killed) throw new Error('killed');
          return result;
        };
      },
    });
  const journalWrites = ['begin', 'setState', 'stepStarted', 'stepDone', 'stepUndone'] as const;
  const storeWrites = ['record', 'revert', 'setActive', 'forget', 'purge'] as const;
  const watched: { journal: Journal; store: Store } = {
    journal: guarded(journal, journalWrites, onWrite),
    store: guarded(store, storeWrites, () => undefined),
  };
  const effects = createEffects({
    ...fleet,
    config,
    store: watched.store,
    journal: watched.journal,
    countEveryMs: 0,
  });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const operations = createOperations({
    journal: watched.journal,
    sagaOf: (entry, resumes) =>
      sagaOf(entry, resumes, {
        node: 'rift',
        store: watched.store,
        effects,
        isInPlace: async () => true,
        isGone: (service) => effects.isGone(service, AbortSignal.timeout(1000)),
        forget(service, except) {
          watched.store.purge(service);
          watched.journal.forget(service, except);
        },
      }),
    describe: (service) => ({ generation: store.find(service)?.generation.number ?? 0, addresses: [] }),
    stuckDelaysMs: [5],
    forwardDelaysMs: [1, 1, 1],
    signal: stopping.signal,
    log: createLogger('test', 'silent'),
  });

  /** What SIGKILL does: nothing more is written, and no call is made or answered. */
  function kill(): void {
    killed = true;
    fleet.kill();
    death.resolve();
  }

  async function run(inputs: OperationInputs, noWait = false): Promise<OperationOutcome> {
    return (await eventsOf(inputs, noWait)).outcome;
  }

  async function eventsOf(inputs: OperationInputs, noWait = false) {
    const events: OperationEvent[] = [];
    const request = {
      kind: inputs.kind,
      service: 'web',
      inputs: inputsToJson(inputs),
      version: '',
      caller: 'kim',
      noWait,
    };
    for await (const event of operations.begin(request)) events.push(event);
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error('the operation did not finish');
    return { events, outcome: last.outcome };
  }

  return {
    fleet,
    store,
    journal,
    operations,
    run,
    eventsOf,
    resume: () => operations.resume(),
    kill,
    /** Resolves when it was killed. */
    killed: death.promise,
    /** What the registry says of the service. */
    registered() {
      const found = store.find('web');
      return found && { active: found.active, version: found.generation.spec.version };
    },
  };
}

/** An agent in a new world whose journal holds nothing from before. */
export function startAgent(world: World = createWorld()): TestAgent {
  const agent = createAgent(world);
  void agent.resume();
  return agent;
}

/** The inputs of a deploy of the test service. */
export function deploying(
  version: string,
  strategy: UpdateStrategy = UpdateStrategy.RECREATE,
): OperationInputs {
  return { kind: 'deploy', spec: webSpec(version, strategy), force: false };
}
