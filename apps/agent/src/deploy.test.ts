import { UpdateStrategy } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { inputsToJson } from './operations/sagas.ts';
import { createAgent, createWorld, deploying, startAgent } from './test-agent.ts';

const OVERLAP = UpdateStrategy.OVERLAP;

test('a deploy ends with containers, ports, a certificate, routes and a record', async () => {
  const { fleet, run, store } = startAgent();
  expect(await run(deploying('v1'))).toMatchObject({ state: 'succeeded', generation: 1 });
  expect(fleet.state).toMatchObject({
    leases: { 'api//1': 20_000, 'front//1': 20_001 },
    certificates: ['web.svc.example.net'],
    routes: [
      { port: 8443, backend: '127.0.0.1:20000' },
      { port: 443, backend: '127.0.0.1:20001' },
    ],
    records: [{ name: 'web.svc.example.net', value: '10.0.0.1' }],
    containers: { 'web.api.1': { running: true }, 'web.front.1': { running: true } },
  });
  expect(store.find('web')?.active).toBe(true);
});

test('deploying the same again is up to date', async () => {
  const { run } = startAgent();
  await run(deploying('v1'));
  expect(await run(deploying('v1'))).toMatchObject({ state: 'up to date', generation: 1 });
});

test('an update keeps the ports, holds the routes meanwhile, and retires the old containers', async () => {
  const { fleet, run } = startAgent();
  await run(deploying('v1'));
  const { leases } = fleet.snapshot();
  const heldWhenStopped: string[][] = [];
  fleet.watch((call, _, when) => {
    if (call === 'stop' && when === 'after') heldWhenStopped.push([...fleet.state.holds]);
  });
  expect(await run(deploying('v2'))).toMatchObject({ state: 'succeeded', generation: 2 });
  expect(heldWhenStopped.slice(0, 2)).toEqual([['web.svc.example.net:8443'], ['web.svc.example.net:443']]);
  expect(fleet.state).toMatchObject({ leases, holds: [] });
  expect(Object.keys(fleet.state.containers).sort()).toEqual(['web.api.2', 'web.front.2']);
});

test('an overlapping update runs old and new side by side on ports of their own until the routes are switched', async () => {
  const { fleet, run } = startAgent();
  await run(deploying('v1', OVERLAP));
  const before = fleet.snapshot();
  let runningAtSwitch: string[] = [];
  fleet.watch((call, _, when) => {
    if (call !== 'applyRoutes' || when === 'after') return;
    runningAtSwitch = Object.entries(fleet.state.containers).flatMap(([name, { running }]) =>
      running ? [name] : [],
    );
  });
  expect(await run(deploying('v2', OVERLAP))).toMatchObject({ state: 'succeeded', generation: 2 });
  expect(runningAtSwitch.sort()).toEqual(['web.api.1', 'web.api.2', 'web.front.1', 'web.front.2']);
  expect(Object.keys(fleet.state.containers).sort()).toEqual(['web.api.2', 'web.front.2']);
  expect(Object.keys(fleet.state.leases).sort()).toEqual(['api//2', 'front//2']);
  const backends = fleet.state.routes.map(({ backend }) => backend);
  expect(backends.some((backend) => before.routes.some((route) => route.backend === backend))).toBe(false);
});

test('an overlapping update never holds', async () => {
  const { fleet, run } = startAgent();
  await run(deploying('v1', OVERLAP));
  fleet.fail(undefined);
  await run(deploying('v2', OVERLAP));
  expect(fleet.trace).not.toContain('holdRoutes');
});

test('a rollback deploys the images that the earlier generation had', async () => {
  const { fleet, run, store } = startAgent();
  await run(deploying('v1'));
  await run(deploying('v2'));
  expect(await run({ kind: 'rollback', generation: 1 })).toMatchObject({ state: 'succeeded', generation: 3 });
  expect(store.find('web')?.generation.spec.version).toBe('v1');
  expect(Object.keys(fleet.state.containers).sort()).toEqual(['web.api.3', 'web.front.3']);
});

test('stop keeps leases and certificates; start brings the same containers back', async () => {
  const { fleet, run } = startAgent();
  await run(deploying('v1'));
  const running = fleet.snapshot();
  expect(await run({ kind: 'stop', generation: 1 })).toMatchObject({ state: 'succeeded', generation: 1 });
  expect(fleet.state).toMatchObject({
    routes: [],
    records: [],
    leases: running.leases,
    certificates: running.certificates,
  });
  expect(Object.values(fleet.state.containers).every(({ running: runs }) => !runs)).toBe(true);
  expect(await run({ kind: 'stop', generation: 1 })).toMatchObject({ state: 'up to date' });
  expect(await run({ kind: 'start', generation: 1 })).toMatchObject({ state: 'succeeded', generation: 1 });
  expect(fleet.state).toEqual(running);
});

test('a repair brings back a container that was removed, and does nothing when another operation came first', async () => {
  const { fleet, run } = startAgent();
  await run(deploying('v1'));
  delete fleet.state.containers['web.front.1'];
  expect(await run({ kind: 'repair', generation: 1, active: true })).toMatchObject({ state: 'succeeded' });
  expect(Object.keys(fleet.state.containers).sort()).toEqual(['web.api.1', 'web.front.2']);
  expect(await run({ kind: 'repair', generation: 1, active: true })).toMatchObject({ state: 'up to date' });
});

test('a repair of a stopped service stops what runs', async () => {
  const { fleet, run, registered } = startAgent();
  await run(deploying('v1'));
  await run({ kind: 'stop', generation: 1 });
  fleet.state.containers['web.front.1']!.running = true;
  expect(await run({ kind: 'repair', generation: 1, active: false })).toMatchObject({ state: 'succeeded' });
  expect(fleet.state).toMatchObject({ routes: [], containers: { 'web.front.1': { running: false } } });
  expect(registered()).toEqual({ active: false, version: 'v1' });
});

test('a generation number is never given twice, also when the registry knows less than the engine', async () => {
  const world = createWorld();
  const { fleet, run, store } = startAgent(world);
  await run(deploying('v1'));
  await run(deploying('v2'));
  world.database.exec('DELETE FROM services; DELETE FROM generations');
  await run(deploying('v3'));
  expect(store.find('web')?.generation.number).toBe(3);
  expect(Object.keys(fleet.state.containers).sort()).toEqual(['web.api.3', 'web.front.3']);
});

test('while the registry does not know what runs, nothing is started beside it', async () => {
  const world = createWorld();
  await startAgent(world).run(deploying('v1'));
  world.database.exec(
    'DELETE FROM services; DELETE FROM generations; DELETE FROM steps; DELETE FROM operations',
  );
  const before = world.fleet.snapshot();
  const { run } = startAgent(world);
  expect(await run(deploying('v2'))).toMatchObject({
    state: 'rolled back',
    error: expect.stringContaining('does not know'),
  });
  expect(world.fleet.state).toEqual(before);
});

test('operations on one service wait for each other', async () => {
  const { run, journal } = startAgent();
  const [first, second] = await Promise.all([run(deploying('v1')), run(deploying('v2'))]);
  expect([first.state, second.state]).toEqual(['succeeded', 'succeeded']);
  expect(journal.list('web', 10).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
});

test('the same request again joins the operation that runs', async () => {
  const { eventsOf, journal } = startAgent();
  const [first, second] = await Promise.all([eventsOf(deploying('v1')), eventsOf(deploying('v1'), true)]);
  expect(journal.list('web', 10)).toHaveLength(1);
  expect(second.events[0]).toEqual({ ...first.events[0], joined: true });
  expect(second.events.slice(1)).toEqual(first.events.slice(1));
});

test('with no_wait another operation is refused, and the one that runs is named', async () => {
  const { run, journal } = startAgent();
  const first = run(deploying('v1'));
  await expect(run(deploying('v2'), true)).rejects.toThrow(/^deploy [0-9a-f]{12} is running on web/);
  expect(await first).toMatchObject({ state: 'succeeded' });
  expect(journal.list('web', 10)).toHaveLength(1);
});

test('an operation that waits can be cancelled before it begins, and is in the journal', async () => {
  const { run, operations, journal, fleet } = startAgent();
  const first = run(deploying('v1'));
  const second = run(deploying('v2'));
  const id = await idOfSecond();
  for await (const event of operations.cancel(id, 'lee')) void event;
  expect(await second).toMatchObject({
    state: 'rolled back',
    error: expect.stringContaining('cancelled by lee'),
  });
  expect(await first).toMatchObject({ state: 'succeeded' });
  expect(fleet.state.containers).toHaveProperty('web.api.1');
  expect(journal.get(id)).toMatchObject({ state: 'rolled_back' });

  async function idOfSecond(): Promise<string> {
    const events = operations.begin({
      kind: 'deploy',
      service: 'web',
      inputs: inputsToJson(deploying('v2')),
      version: '',
      caller: 'kim',
      noWait: false,
    });
    const { value } = await events.next();
    if (value?.type !== 'started') throw new Error('no operation was joined');
    return value.operationId;
  }
});

test('an operation that is over, or unknown, cannot be cancelled', async () => {
  const { run, operations, journal } = startAgent();
  await run(deploying('v1'));
  const { id } = journal.list('web', 1)[0]!;
  await expect(operations.cancel(id, 'lee').next()).rejects.toThrow('has ended already (succeeded)');
  await expect(operations.cancel('cafe', 'lee').next()).rejects.toThrow('no operation cafe');
});

test('an operation that a crash interrupted is undone before a new one begins', async () => {
  const { fleet, journal, run, resume } = createAgent(createWorld());
  const interrupted = {
    id: 'op1',
    kind: 'deploy',
    service: 'web',
    caller: 'kim',
    version: 'v1',
    startedAt: new Date(),
  } as const;
  journal.begin({ ...interrupted, inputs: inputsToJson(deploying('v1')) });
  journal.stepStarted('op1', 'check');
  const begun = run(deploying('v2'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fleet.state.containers).toEqual({});
  await resume();
  expect(await begun).toMatchObject({ state: 'succeeded' });
  expect(journal.list('web', 10).map(({ state }) => state)).toEqual(['succeeded', 'rolled_back']);
});
