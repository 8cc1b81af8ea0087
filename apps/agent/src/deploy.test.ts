import { createLogger } from '@mcp/daemon/logging';
import { openDatabase } from '@mcp/daemon/sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createEffects } from './effects.ts';
import { calls, createFakeFleet, webSpec } from './fake-fleet.ts';
import { migrations } from './migrations.ts';
import { createJournal } from './operations/journal.ts';
import type { OperationEvent } from './operations/operation.ts';
import { createOperations } from './operations/operations.ts';
import { inputsToJson, sagaOf, type OperationInputs } from './operations/sagas.ts';
import { createStore } from './store.ts';

/** An agent over a fake fleet, with a real journal and registry. */
function createAgent() {
  const database = openDatabase(':memory:', migrations);
  onTestFinished(() => void database.close());
  const fleet = createFakeFleet();
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
      data_dir: '/srv',
      network: 'n',
      user: '0:0',
      restart: 'no',
      stop_timeout_s: 1,
    },
  };
  const effects = createEffects({ ...fleet, config, store });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const operations = createOperations({
    journal,
    sagaOf: (entry, resumes) =>
      sagaOf(entry, resumes, {
        node: 'rift',
        store,
        effects,
        isInPlace: async () => true,
        isGone: (service) => effects.isGone(service, AbortSignal.timeout(1000)),
      }),
    describe: (service) => ({ generation: store.find(service)?.generation.number ?? 0, addresses: [] }),
    signal: stopping.signal,
    log: createLogger('test', 'silent'),
  });
  const resume = () => operations.resume();
  async function run(inputs: OperationInputs, noWait = false) {
    const events: OperationEvent[] = [];
    const request = {
      kind: inputs.kind,
      service: 'web',
      inputs: inputsToJson(inputs),
      caller: 'kim',
      noWait,
    };
    for await (const event of operations.begin(request)) events.push(event);
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error('the operation did not finish');
    return last.outcome;
  }
  return { fleet, store, journal, run, resume };
}

/** An agent whose journal holds nothing from before. */
function startAgent() {
  const agent = createAgent();
  void agent.resume();
  return agent;
}

const deploy = (version: string): OperationInputs => ({
  kind: 'deploy',
  spec: webSpec(version),
  force: false,
});

test('a deploy ends with containers, ports, a certificate, routes and a record', async () => {
  const { fleet, run, store } = startAgent();
  expect(await run(deploy('v1'))).toMatchObject({ state: 'succeeded', generation: 1 });
  expect(fleet.state).toMatchObject({
    leases: { 'api/': 20_000, 'front/': 20_001 },
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
  await run(deploy('v1'));
  expect(await run(deploy('v1'))).toMatchObject({ state: 'up to date', generation: 1 });
});

test('an update keeps the ports and retires the old containers', async () => {
  const { fleet, run } = startAgent();
  await run(deploy('v1'));
  const { leases } = fleet.snapshot();
  expect(await run(deploy('v2'))).toMatchObject({ state: 'succeeded', generation: 2 });
  expect(fleet.state.leases).toEqual(leases);
  expect(Object.keys(fleet.state.containers).sort()).toEqual(['web.api.2', 'web.front.2']);
});

describe.each(['before', 'after'] as const)('when a call fails %s it took effect', (when) => {
  test.each(calls)('%s: nothing of a first deploy is left', async (call) => {
    const { fleet, run, store } = startAgent();
    const before = fleet.snapshot();
    if (call === 'stop') return expect(await run(deploy('v1'))).toMatchObject({ state: 'succeeded' });
    fleet.fail({ call, when });
    const outcome = await run(deploy('v1'));
    // A health check that fails once is asked again: that is what waiting until healthy means.
    if (call === 'run') return expect(outcome.state).toBe('succeeded');
    expect(outcome).toMatchObject({ state: 'rolled back', stuck: [], generation: 0 });
    expect(fleet.state).toEqual(before);
    expect(store.find('web')).toBeUndefined();
  });

  test.each(calls)('%s: a failed update leaves the old generation as it was', async (call) => {
    const { fleet, run } = startAgent();
    await run(deploy('v1'));
    const before = fleet.snapshot();
    fleet.fail({ call, when });
    const outcome = await run(deploy('v2'));
    if (call === 'run') return expect(outcome.state).toBe('succeeded');
    expect(outcome).toMatchObject({ state: 'rolled back', stuck: [], generation: 1 });
    expect(fleet.state).toEqual(before);
  });

  test.each(['applyRoutes', 'applyRecords', 'stop'])(
    '%s: a failed stop leaves the service running',
    async (call) => {
      const { fleet, run, store } = startAgent();
      await run(deploy('v1'));
      const before = fleet.snapshot();
      fleet.fail({ call, when });
      expect(await run({ kind: 'stop', generation: 1 })).toMatchObject({ state: 'rolled back', stuck: [] });
      expect(fleet.state).toEqual(before);
      expect(store.find('web')?.active).toBe(true);
    },
  );

  test.each(['applyRoutes', 'applyRecords', 'stop', 'remove', 'releaseCertificates', 'releasePorts'])(
    '%s: an undeploy tries again until nothing is left',
    async (call) => {
      const { fleet, run, store } = startAgent();
      await run(deploy('v1'));
      fleet.fail({ call, when });
      expect(await run({ kind: 'undeploy' })).toMatchObject({ state: 'succeeded', generation: 0 });
      expect(fleet.state).toEqual({ leases: {}, certificates: [], routes: [], records: [], containers: {} });
      expect(store.find('web')).toBeUndefined();
    },
  );
});

test('stop keeps leases and certificates; start brings the same containers back', async () => {
  const { fleet, run } = startAgent();
  await run(deploy('v1'));
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

test('operations on one service wait for each other', async () => {
  const { run, journal } = startAgent();
  const [first, second] = await Promise.all([run(deploy('v1')), run(deploy('v2'))]);
  expect([first.state, second.state]).toEqual(['succeeded', 'succeeded']);
  expect(journal.list('web', 10).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
});

test('with no_wait a second operation is refused, and the one that runs is named', async () => {
  const { run, journal } = startAgent();
  const first = run(deploy('v1'));
  await expect(run(deploy('v2'), true)).rejects.toThrow(/^operation [0-9a-f]{12} is running on web/);
  expect(await first).toMatchObject({ state: 'succeeded' });
  expect(journal.list('web', 10)).toHaveLength(1);
});

test('an operation that a crash interrupted is undone before a new one begins', async () => {
  const { fleet, journal, run, resume } = createAgent();
  const interrupted = {
    id: 'op1',
    kind: 'deploy',
    service: 'web',
    caller: 'kim',
    startedAt: new Date(),
  } as const;
  journal.begin({ ...interrupted, inputs: inputsToJson(deploy('v1')) });
  journal.stepStarted('op1', 'check');
  const begun = run(deploy('v2'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fleet.state.containers).toEqual({});
  await resume();
  expect(await begun).toMatchObject({ state: 'succeeded' });
  expect(journal.list('web', 10).map(({ state }) => state)).toEqual(['succeeded', 'rolled_back']);
});
