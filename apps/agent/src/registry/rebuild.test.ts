import { createLogger } from '@mcp/daemon/logging';
import { EventKind } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { createEventLog } from '../events/event-log.ts';
import { createAgent, createWorld, deploying, startAgent, type World } from '../test-agent.ts';
import { createRebuild } from './rebuild.ts';

const node = {
  name: 'rift',
  addresses: ['10.0.0.1'],
  backend_address: '127.0.0.1',
  service_domain: 'svc.example.net',
  allowed_domains: [],
};

/** An agent that finds nothing in its file but everything on its node. */
async function rebuiltAfterLoss(world: World) {
  world.database.exec(
    'DELETE FROM services; DELETE FROM generations; DELETE FROM steps; DELETE FROM operations',
  );
  const agent = createAgent(world);
  const events = createEventLog(world.database);
  const rebuild = createRebuild({
    node,
    containers: world.fleet.containers,
    peers: world.fleet.peers,
    store: agent.store,
    journal: agent.journal,
    events,
    log: createLogger('test', 'silent'),
  });
  const taken = await rebuild.run(AbortSignal.timeout(1000));
  void agent.resume();
  return { agent, events, rebuild, taken };
}

test('a lost registry is read from the containers, and a deploy of the same then changes no container', async () => {
  const world = createWorld();
  const first = startAgent(world);
  await first.run(deploying('v1'));
  await first.run(deploying('v2'));
  const before = world.fleet.snapshot();
  const recorded = first.store.find('web');

  const { agent, events, taken } = await rebuiltAfterLoss(world);
  expect(taken).toEqual(['web']);
  expect(agent.store.find('web')).toEqual(recorded);
  expect(events.list('web', 10)).toMatchObject([{ kind: EventKind.REBUILT }]);
  expect(await agent.run(deploying('v2'))).toMatchObject({ state: 'up to date' });
  expect(world.fleet.state).toEqual(before);
});

test('a stopped service is taken in as stopped', async () => {
  const world = createWorld();
  const first = startAgent(world);
  await first.run(deploying('v1'));
  await first.run({ kind: 'stop', generation: 1 });
  const { agent } = await rebuiltAfterLoss(world);
  expect(agent.registered()).toEqual({ active: false, version: 'v1' });
});

test('what is known already is left alone', async () => {
  const world = createWorld();
  await startAgent(world).run(deploying('v1'));
  const { rebuild, events } = await rebuiltAfterLoss(world);
  expect(await rebuild.run(AbortSignal.timeout(1000))).toEqual([]);
  expect(events.list('web', 10)).toHaveLength(1);
});

test('what does not say enough is not taken in, and undeploy removes it', async () => {
  const world = createWorld();
  await startAgent(world).run(deploying('v1'));
  delete world.fleet.state.containers['web.api.1'];
  const { agent, taken } = await rebuiltAfterLoss(world);
  expect(taken).toEqual([]);
  expect(agent.store.find('web')).toBeUndefined();
  expect(await agent.run({ kind: 'undeploy' })).toMatchObject({ state: 'succeeded' });
  expect(world.fleet.state.containers).toEqual({});
});

test('a container that another hand labelled changes nothing, and no operation touches it', async () => {
  const world = createWorld();
  const agent = startAgent(world);
  await agent.run(deploying('v1'));
  const { labels } = world.fleet.state.containers['web.api.1']!;
  const foreign = {
    component: 'api',
    generation: 9,
    specHash: '',
    operation: 'nobody',
    running: true,
    labels,
  };
  world.fleet.state.containers['by-hand'] = { ...foreign, labels: {} };
  const rebuild = createRebuild({
    node,
    ...world.fleet,
    store: agent.store,
    journal: agent.journal,
    events: createEventLog(world.database),
    log: createLogger('test', 'silent'),
  });
  expect(await rebuild.run(AbortSignal.timeout(1000))).toEqual([]);
  await agent.run(deploying('v2'));
  expect(world.fleet.state.containers['by-hand']).toMatchObject({ running: true });
  await agent.run({ kind: 'undeploy' });
  expect(Object.keys(world.fleet.state.containers)).toEqual(['by-hand']);
});
