import { openDatabase } from '@mcp/daemon/sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createJournal, type Journal } from './operations/journal.ts';
import { migrations } from './migrations.ts';
import type { OperationEvent } from './operations/operation.ts';
import { inParallel, runSaga, type SagaOutcome, type StepFn } from './saga.ts';

const ID = 'op1';

function openJournal(): Journal {
  const database = openDatabase(':memory:', migrations);
  onTestFinished(() => void database.close());
  const journal = createJournal(database);
  journal.begin({
    id: ID,
    kind: 'deploy',
    service: 'web',
    inputs: '{}',
    caller: 'kim',
    version: '',
    startedAt: new Date(),
  });
  return journal;
}

/** A world that remembers which steps took effect. */
function createWorld() {
  const effects: string[] = [];
  const failing = new Map<string, number>();
  const undoFailing = new Set<string>();
  let calls = 0;
  return {
    effects,
    calls: () => calls,
    failOnce: (name: string, times = 1) => void failing.set(name, times),
    undoFailing,
    step(step: StepFn, name: string, { commits = false, after = false } = {}) {
      return step({
        name,
        commits,
        async run() {
          calls += 1;
          const left = failing.get(name) ?? 0;
          if (left > 0 && !after) {
            failing.set(name, left - 1);
            throw new Error(`${name} refused`);
          }
          if (!effects.includes(name)) effects.push(name);
          if (left > 0) {
            failing.set(name, left - 1);
            throw new Error(`${name} answered too late`);
          }
          return { detail: `did ${name}` };
        },
        async undo() {
          if (undoFailing.has(name)) throw new Error(`${name} cannot be undone`);
          const index = effects.indexOf(name);
          if (index >= 0) effects.splice(index, 1);
        },
      });
    },
  };
}

async function run(
  journal: Journal,
  body: (step: StepFn) => Promise<void>,
  {
    resumes = false,
    cancelled = new AbortController().signal,
    stopping = new AbortController().signal,
    forwardDelaysMs = [1, 1, 1, 1],
  } = {},
): Promise<{ outcome: SagaOutcome; events: OperationEvent[] }> {
  const events: OperationEvent[] = [];
  const outcome = await runSaga(
    { id: ID, journal, resumes, cancelled, stopping, forwardDelaysMs, emit: (event) => events.push(event) },
    body,
  );
  return { outcome, events };
}

const STEPS = ['ports', 'containers', 'routes'];

function body(world: ReturnType<typeof createWorld>, options: { after?: boolean } = {}) {
  return async (step: StepFn) => {
    for (const name of STEPS) await world.step(step, name, options);
    await world.step(step, 'record', { commits: true, ...options });
    await world.step(step, 'retire');
  };
}

test('runs every step in order and journals what each returned', async () => {
  const journal = openJournal();
  const world = createWorld();
  const { outcome } = await run(journal, body(world));
  expect(outcome).toEqual({ state: 'succeeded' });
  expect(world.effects).toEqual([...STEPS, 'record', 'retire']);
  expect(journal.steps(ID).get('routes')).toEqual({ output: '{"detail":"did routes"}', undone: false });
});

describe.each([
  ['before it took effect', false],
  ['after it took effect', true],
])('when a step fails %s', (_, after) => {
  test.each([...STEPS, 'record'])('%s: everything is undone and the step is named', async (failing) => {
    const journal = openJournal();
    const world = createWorld();
    world.failOnce(failing);
    const { outcome } = await run(journal, body(world, { after }));
    expect(outcome).toMatchObject({
      state: 'rolled back',
      error: expect.stringMatching(`^${failing}: ${failing} `),
    });
    expect(world.effects).toEqual([]);
  });
});

test('undoes newest first', async () => {
  const journal = openJournal();
  const world = createWorld();
  world.failOnce('routes');
  const { events } = await run(journal, body(world));
  expect(
    events.filter(({ type }) => type === 'step undone').map((event) => 'step' in event && event.step),
  ).toEqual(['routes', 'containers', 'ports']);
});

test.each([0, 1, 2, 3])(
  'unwinds after a crash behind step %i, without running a step again',
  async (crashAt) => {
    const journal = openJournal();
    const world = createWorld();
    await crashAfterSteps(journal, world, crashAt);
    const before = world.calls();
    const { outcome } = await run(journal, body(world), { resumes: true });
    expect(outcome).toMatchObject({
      state: 'rolled back',
      error: expect.stringContaining('interrupted by a restart'),
    });
    expect(world.effects).toEqual([]);
    expect(world.calls()).toBe(before);
  },
);

test('rolls forward after a crash behind the point of no return', async () => {
  const journal = openJournal();
  const world = createWorld();
  await crashAfterSteps(journal, world, 4);
  const { outcome } = await run(journal, body(world), { resumes: true });
  expect(outcome).toEqual({ state: 'succeeded' });
  expect(world.effects).toEqual([...STEPS, 'record', 'retire']);
});

test('unwinds a step that began and may have happened', async () => {
  const journal = openJournal();
  const world = createWorld();
  world.effects.push('ports');
  journal.stepStarted(ID, 'ports');
  await run(journal, body(world), { resumes: true });
  expect(world.effects).toEqual([]);
});

test('names what could not be undone, and goes on undoing at the next pass', async () => {
  const journal = openJournal();
  const world = createWorld();
  world.failOnce('routes');
  world.undoFailing.add('containers');
  const { outcome } = await run(journal, body(world));
  expect(outcome).toEqual({
    state: 'stuck',
    error: 'routes: routes refused',
    stuck: ['containers'],
    committed: false,
  });
  expect(world.effects).toEqual(['containers']);
  world.undoFailing.clear();
  const again = await run(journal, body(world), { resumes: true });
  expect(again.outcome).toEqual({ state: 'rolled back', error: 'routes: routes refused' });
  expect(world.effects).toEqual([]);
});

test('past the point of no return it tries again instead of undoing', async () => {
  const journal = openJournal();
  const world = createWorld();
  world.failOnce('retire', 2);
  const { outcome } = await run(journal, body(world));
  expect(outcome).toEqual({ state: 'succeeded' });
  expect(world.effects).toContain('retire');
});

test('what was undone is not undone again by the next pass', async () => {
  const journal = openJournal();
  const world = createWorld();
  world.failOnce('routes');
  world.undoFailing.add('ports');
  await run(journal, body(world));
  world.effects.push('containers');
  world.undoFailing.clear();
  await run(journal, body(world), { resumes: true });
  // The second pass took only ports back: what came under the name of the other since is not its own.
  expect(world.effects).toEqual(['containers']);
});

test('past the point of no return a step that keeps failing is stuck, and nothing is undone', async () => {
  const journal = openJournal();
  const world = createWorld();
  world.failOnce('retire', 100);
  const { outcome } = await run(journal, body(world), { forwardDelaysMs: [1, 1] });
  expect(outcome).toEqual({
    state: 'stuck',
    error: 'retire: retire refused',
    stuck: ['retire'],
    committed: true,
  });
  expect(world.effects).toEqual([...STEPS, 'record']);
});

test('a call that the cancellation ended says who cancelled, and its undo may make calls', async () => {
  const cancel = new AbortController();
  let undoSignal: AbortSignal | undefined;
  const { outcome } = await run(
    openJournal(),
    async (step) => {
      await step({
        name: 'call',
        run: (signal) =>
          new Promise<{ detail: string }>((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('The operation has been aborted')));
            cancel.abort(new Error('cancelled by kim'));
          }),
        undo: async (signal) => void (undoSignal = signal),
      });
    },
    { cancelled: cancel.signal },
  );
  expect(outcome).toEqual({ state: 'rolled back', error: 'call: cancelled by kim' });
  expect(undoSignal?.aborted).toBe(false);
});

test('a cancelled saga undoes what it did, shielded from the cancellation', async () => {
  const journal = openJournal();
  const world = createWorld();
  const cancel = new AbortController();
  const { outcome } = await run(
    journal,
    async (step) => {
      await world.step(step, 'ports');
      cancel.abort(new Error('cancelled by kim'));
      await world.step(step, 'containers');
    },
    { cancelled: cancel.signal },
  );
  expect(outcome).toEqual({ state: 'rolled back', error: 'containers: cancelled by kim' });
  expect(world.effects).toEqual([]);
});

test('when the process stops, the saga ends where it is and is unwound at the next start', async () => {
  const journal = openJournal();
  const world = createWorld();
  const stop = new AbortController();
  const interrupted = async (step: StepFn) => {
    await world.step(step, 'ports');
    stop.abort(new Error('SIGTERM'));
    await world.step(step, 'containers');
  };
  const { outcome } = await run(journal, interrupted, { stopping: stop.signal });
  expect(outcome).toEqual({ state: 'interrupted' });
  expect(world.effects).toEqual(['ports']);
  expect((await run(journal, body(world), { resumes: true })).outcome).toMatchObject({
    state: 'rolled back',
  });
  expect(world.effects).toEqual([]);
});

test.each([
  ['first', 0],
  ['last', 1],
])('a step that fails stops those beside it, and is the one that is named, being %s', async (_, place) => {
  const journal = openJournal();
  const world = createWorld();
  world.failOnce('api');
  const { outcome } = await run(journal, async (step) => {
    const waiting = step({
      name: 'web',
      run: (signal) =>
        new Promise<{ detail: string }>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
      undo: async () => undefined,
    });
    await inParallel([waiting].toSpliced(place === 0 ? 0 : 1, 0, world.step(step, 'api')));
  });
  expect(outcome).toEqual({ state: 'rolled back', error: 'api: api refused' });
});

/** Runs `steps` steps and then stops as a killed process does: nothing is caught, undone or recorded. */
async function crashAfterSteps(
  journal: Journal,
  world: ReturnType<typeof createWorld>,
  steps: number,
): Promise<void> {
  const all = [...STEPS, 'record'];
  for (const name of all.slice(0, steps)) {
    journal.stepStarted(ID, name);
    world.effects.push(name);
    journal.stepDone(ID, name, '{}', name === 'record');
  }
}
