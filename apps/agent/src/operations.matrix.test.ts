import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UpdateStrategy } from '@mcp/proto/agent';
import { describe, expect, test } from 'vitest';
import type { OperationInputs } from './operations/sagas.ts';
import {
  createAgent,
  createWorld,
  deploying,
  startAgent,
  type OnWrite,
  type TestAgent,
  type World,
} from './test-agent.ts';

// Style rule 22, for every operation: whatever fails, wherever it is killed or cancelled, the fleet and
// the registry end exactly as they were before or exactly as the operation makes them.

const OVERLAP = UpdateStrategy.OVERLAP;

interface Case {
  /** What there is before. */
  setUp(agent: TestAgent, world: World): Promise<void>;
  inputs: OperationInputs;
  /** What a failure leaves half done, as is meant: the same operation again ends as the first would have. */
  isResumable?: boolean;
}

const cases: Record<string, Case> = {
  'a first deploy': { setUp: async () => undefined, inputs: deploying('v1') },
  'an update that recreates': {
    setUp: async ({ run }) => void (await run(deploying('v1'))),
    inputs: deploying('v2'),
  },
  'an update that overlaps': {
    setUp: async ({ run }) => void (await run(deploying('v1', OVERLAP))),
    inputs: deploying('v2', OVERLAP),
  },
  'an update to another strategy': {
    setUp: async ({ run }) => void (await run(deploying('v1', OVERLAP))),
    inputs: deploying('v2'),
  },
  'a rollback': {
    async setUp({ run }) {
      await run(deploying('v1'));
      await run(deploying('v2'));
    },
    inputs: { kind: 'rollback', generation: 1 },
  },
  'a stop': {
    setUp: async ({ run }) => void (await run(deploying('v1'))),
    inputs: { kind: 'stop', generation: 1 },
  },
  'a start': {
    async setUp({ run }) {
      await run(deploying('v1'));
      await run({ kind: 'stop', generation: 1 });
    },
    inputs: { kind: 'start', generation: 1 },
  },
  'a restart': {
    setUp: async ({ run }) => void (await run(deploying('v1'))),
    inputs: { kind: 'restart', generation: 1 },
  },
  'a repair': {
    async setUp({ run, fleet }) {
      await run(deploying('v1'));
      delete fleet.state.containers['web.api.1'];
      fleet.state.containers['web.front.1']!.running = false;
    },
    inputs: { kind: 'repair', generation: 1, active: true },
    isResumable: true,
  },
  'an undeploy': {
    setUp: async ({ run }) => void (await run(deploying('v1'))),
    inputs: { kind: 'undeploy' },
  },
  'a purge': {
    async setUp({ run }, { dataDir }) {
      await run(deploying('v1'));
      await run({ kind: 'undeploy' });
      mkdirSync(join(dataDir, 'web'));
      writeFileSync(join(dataDir, 'web', 'data'), 'precious');
    },
    inputs: { kind: 'purge', data: true },
  },
};

/** Everything that an operation may change, to be compared as a whole. */
function stateOf({ fleet, dataDir }: World, { registered, store }: TestAgent) {
  const { leases, containers, ...rest } = fleet.snapshot();
  return {
    ...rest,
    registered: registered(),
    generations: registered() ? [] : store.generations('web').map(({ generation }) => generation.number),
    data: existsSync(join(dataDir, 'web')),
    leases: Object.values(leases).sort(),
    // A container that comes back is another one, and as good.
    containers: Object.values(containers)
      .map(({ component, running, specHash }) => `${component} ${specHash} ${running}`)
      .sort(),
  };
}

type State = ReturnType<typeof stateOf>;

/** A world in which the operation of `which` can begin. */
async function prepare(which: Case): Promise<World> {
  const world = createWorld();
  await which.setUp(startAgent(world), world);
  world.fleet.fail(undefined);
  return world;
}

/** An agent that begins nothing anew, to look at the registry with. */
const look = (world: World) => stateOf(world, createAgent(world));

/** One undisturbed run: the states before and after, and how many calls and writes there are. */
async function measure(which: Case) {
  const world = await prepare(which);
  const before = look(world);
  let writes = 0;
  const agent = createAgent(world, (when) => void (when === 'before' && (writes += 1)));
  void agent.resume();
  expect(await agent.run(which.inputs)).toMatchObject({ state: 'succeeded' });
  return {
    before,
    after: look(world),
    writes,
    calls: world.fleet.trace.length,
    trace: [...world.fleet.trace],
  };
}

/** A new agent on what a killed one left, until nothing is unfinished. */
async function recover(world: World): Promise<void> {
  world.fleet.revive();
  world.fleet.watch(() => undefined);
  world.fleet.fail(undefined);
  const agent = createAgent(world);
  await agent.resume();
  expect(agent.journal.unfinished()).toEqual([]);
}

/** Expects that all of the operation is done or none, and says which; 'either' where that is the same. */
async function expectWhole(
  world: World,
  which: Case,
  { before, after, where }: { before: State; after: State; where: string },
): Promise<'before' | 'after' | 'either'> {
  const state = look(world);
  if (isDeepStrictEqual(before, after)) return 'either';
  if (which.isResumable) {
    if (isDeepStrictEqual(state, after)) return 'either';
    expect(await startAgent(world).run(which.inputs), where).toMatchObject({ state: 'succeeded' });
    expect(look(world), where).toEqual(after);
    return 'either';
  }
  if (isDeepStrictEqual(state, after)) return 'after';
  expect(state, where).toEqual(before);
  return 'before';
}

/** Expects that what the operator was told is what happened. */
function expectTold(state: string, end: 'before' | 'after' | 'either', where: string): void {
  if (end === 'either') return;
  expect(state, where).toBe(end === 'after' ? 'succeeded' : 'rolled back');
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const moments = ['before', 'after'] as const;

describe.each(Object.entries(cases))('%s', (_, which) => {
  test('when a call fails, before or after it took effect, all of it is done or none', async () => {
    const expected = await measure(which);
    for (const call of range(expected.calls)) {
      for (const when of moments) {
        const where = `call ${call} (${expected.trace[call]}) fails ${when} its effect`;
        const world = await prepare(which);
        const agent = startAgent(world);
        world.fleet.fail({ call, when });
        const outcome = await agent.run(which.inputs);
        expect(outcome.stuck, where).toEqual([]);
        expectTold(outcome.state, await expectWhole(world, which, { ...expected, where }), where);
      }
    }
  });

  test('when the agent is killed around any write to the journal, the next one ends it', async () => {
    const expected = await measure(which);
    for (const write of range(expected.writes)) {
      for (const when of moments) {
        const where = `killed ${when} journal write ${write}`;
        const world = await prepare(which);
        const agent: TestAgent = createAgent(
          world,
          killAtWrite(() => agent, { write, when }),
        );
        void agent.resume();
        await endOf(agent, which.inputs);
        await recover(world);
        await expectWhole(world, which, { ...expected, where });
      }
    }
  });

  test('when the agent is killed around any call, the next one ends it', async () => {
    const expected = await measure(which);
    for (const call of range(expected.calls)) {
      for (const when of moments) {
        const where = `killed ${when} the effect of call ${call} (${expected.trace[call]})`;
        const world = await prepare(which);
        const agent = startAgent(world);
        world.fleet.watch((_name, number, at) => void (number === call && at === when && agent.kill()));
        await endOf(agent, which.inputs);
        await recover(world);
        await expectWhole(world, which, { ...expected, where });
      }
    }
  });

  test('when it is killed again while it unwinds, the one after that unwinds to the end', async () => {
    const expected = await measure(which);
    // The last call that is made before the point of no return, if any.
    const failing = await lastUndoneCall(which, expected.calls);
    if (failing === undefined) return;
    const unwinding = await writesAfter(which, failing);
    for (const write of range(unwinding)) {
      for (const when of moments) {
        const where = `killed ${when} write ${write} of the unwinding`;
        const world = await prepare(which);
        world.fleet.fail({ call: failing, when: 'after' });
        const since = () => world.fleet.trace.length > failing;
        const agent: TestAgent = createAgent(
          world,
          killAtWrite(() => agent, { write, when, since }),
        );
        void agent.resume();
        await endOf(agent, which.inputs);
        await recover(world);
        expect(await expectWhole(world, which, { ...expected, where })).not.toBe('after');
      }
    }
  });

  test('when an undo fails, it is named, tried again, and ends', async () => {
    const expected = await measure(which);
    const failing = await lastUndoneCall(which, expected.calls);
    if (failing === undefined) return;
    for (const undo of range(4)) {
      const world = await prepare(which);
      const agent = startAgent(world);
      world.fleet.fail({ call: failing, when: 'before' });
      world.fleet.watch((_name, number, at) => {
        // Armed once the failure is behind: the next calls are those of the undoing.
        if (at === 'before' && number === failing)
          queueMicrotask(() => world.fleet.failLater({ call: failing + 1 + undo, when: 'before', times: 1 }));
      });
      const outcome = await agent.run(which.inputs);
      expect(['rolled back', 'stuck'], `undo call ${undo}`).toContain(outcome.state);
      if (outcome.state === 'stuck') expect(outcome.stuck.length).toBeGreaterThan(0);
      await expect.poll(() => agent.journal.unfinished(), { interval: 5, timeout: 5000 }).toEqual([]);
      const where = `undo call ${undo}`;
      expect(await expectWhole(world, which, { ...expected, where }), where).not.toBe('after');
    }
  });

  test('when it is cancelled in the middle of any call, it is undone, or finished where it cannot be', async () => {
    const expected = await measure(which);
    for (const call of range(expected.calls)) {
      const where = `cancelled during call ${call} (${expected.trace[call]})`;
      const world = await prepare(which);
      const agent = startAgent(world);
      let refused: unknown;
      world.fleet.watch((_name, number, at) => {
        if (number !== call || at !== 'before') return;
        const [running] = agent.journal.unfinished();
        agent.operations
          .cancel(running!.id, 'lee')
          .next()
          .catch((error: unknown) => (refused = error));
      });
      const outcome = await agent.run(which.inputs);
      const end = await expectWhole(world, which, { ...expected, where });
      expectTold(outcome.state, end, where);
      if (end === 'before') expect(outcome.error, where).toContain('cancelled by lee');
      // Refused is only what is past its point of no return, and that is always finished.
      if (refused !== undefined) expect(end, where).not.toBe('before');
    }
  });
});

/** Kills the agent around one of its writes to the journal, counted from when `since` is true. */
function killAtWrite(
  agent: () => TestAgent,
  { write, when, since = () => true }: { write: number; when: 'before' | 'after'; since?: () => boolean },
): OnWrite {
  let count = 0;
  return (at) => {
    if (!since()) return;
    if (at === when && count === write) agent().kill();
    if (at === 'after') count += 1;
  };
}

/** Resolves when the operation has ended, or the agent was killed in it. */
async function endOf(agent: TestAgent, inputs: OperationInputs): Promise<void> {
  const ended = agent.run(inputs).then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([ended, agent.killed]);
}

/** The last call whose failure after its effect rolls the operation back. */
async function lastUndoneCall(which: Case, calls: number): Promise<number | undefined> {
  for (const call of range(calls).reverse()) {
    const world = await prepare(which);
    world.fleet.fail({ call, when: 'after' });
    const { state } = await startAgent(world).run(which.inputs);
    if (state === 'rolled back') return call;
  }
  return undefined;
}

/** How many journal writes there are once that call has failed. */
async function writesAfter(which: Case, call: number): Promise<number> {
  const world = await prepare(which);
  world.fleet.fail({ call, when: 'after' });
  let writes = 0;
  const agent = createAgent(world, (when) => {
    if (when === 'after' && world.fleet.trace.length > call) writes += 1;
  });
  void agent.resume();
  await agent.run(which.inputs);
  return writes;
}
