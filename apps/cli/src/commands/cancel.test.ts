import { createServer } from 'node:net';
import { join } from 'node:path';
import { OperationEvent } from '@mcp/proto/agent';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, onTestFinished, test } from 'vitest';
import { createWorkstation, nodeToml, startFakeAgent, startFleet } from '../run-mcp.ts';

const ID = '000000000001';

/** A fleet whose first deploy of demo is at its second step. */
async function startDeploying(options = {}) {
  const fleet = await startFleet({ steps: ['check', 'ports', 'routes'], waitAt: 'ports', ...options });
  const deploy = fleet.start(['deploy', 'demo']);
  await deploy.printed('ports: started');
  return { ...fleet, deploy };
}

/** Accepts connections and never answers. */
async function startSilentNode(): Promise<string> {
  const socket = join(temporaryDirectory(), 'silent.sock');
  const server = createServer().listen(socket);
  onTestFinished(() => void server.close());
  return socket;
}

test('shows the operation from its first step until it is undone', async () => {
  const { mcp, deploy } = await startDeploying();
  expect(await mcp('cancel', ID)).toEqual({
    stdout: [
      `Cancelling deploy ${ID} of demo on rift`,
      `operation ${ID} started`,
      'check: started',
      'check: done in 3 ms: check of demo',
      'ports: started',
      'ports: failed after 3 ms: cancelled by kim',
      'check: undone',
      'cancelled: demo does not run, as before',
      '',
    ].join('\n'),
    stderr: '',
    exitCode: 0,
  });
  expect(await deploy.result).toMatchObject({
    stderr: 'mcp: deploy demo failed: ports: cancelled by kim\nrolled back: demo does not run, as before\n',
    exitCode: 1,
  });
});

test('with --json prints its events, and fails when something cannot be undone', async () => {
  const { mcp } = await startDeploying({ stuckAt: 'check' });
  const { stdout, stderr, exitCode } = await mcp('cancel', ID, '--json');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => OperationEvent.fromJSON(JSON.parse(line)).event);
  expect(events[0]).toMatchObject({ $case: 'started', value: { operationId: ID } });
  expect(events.at(-1)).toMatchObject({ $case: 'finished', value: { stuck: ['check'] } });
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: 'operation_failed', verb: 'cancel', service: 'demo', node: 'rift' },
  });
  expect(exitCode).toBe(1);
});

test.each([
  ['has ended', {}, `operation ${ID} has ended`],
  [
    'is past its point of no return',
    { waitAt: 'ports', commitAfter: 'check' },
    `operation ${ID} is past its point of no return: it is finished, not undone`,
  ],
])('repeats what the agent says of an operation that %s', async (_, options, words) => {
  const { mcp, start } = await startFleet(options);
  const deploy = start(['deploy', 'demo']);
  await deploy.printed('check: done');
  if ('commitAfter' in options === false) await deploy.result;
  expect(await mcp('cancel', ID)).toEqual({
    stdout: '',
    stderr: `mcp: node rift: cancel operation ${ID}: ${words}\n`,
    exitCode: 1,
  });
});

test('finds the node that knows the operation, without waiting for one that is silent', async () => {
  const { socket } = await startDeploying();
  const other = await startFakeAgent({ node: 'svc' });
  const { mcp } = createWorkstation(
    nodeToml('svc', other.socket) + nodeToml('rift', socket) + nodeToml('far', await startSilentNode()),
  );
  const before = performance.now();
  expect(await mcp('cancel', ID)).toMatchObject({
    stdout: expect.stringContaining(`Cancelling deploy ${ID} of demo on rift\n`),
    stderr: '',
    exitCode: 0,
  });
  expect(performance.now() - before).toBeLessThan(10_000);
});

test('takes the refusal of the node that knows the operation for the answer', async () => {
  const { socket, mcp: atRift } = await startFleet();
  await atRift('deploy', 'demo');
  const { mcp } = createWorkstation(nodeToml('far', '/nowhere.sock') + nodeToml('rift', socket));
  expect(await mcp('cancel', ID)).toEqual({
    stdout: '',
    stderr: `mcp: node rift: cancel operation ${ID}: operation ${ID} has ended\n`,
    exitCode: 1,
  });
});

test('says that no node knows it, and does not when one is silent', async () => {
  const [rift, svc] = [await startFakeAgent({}), await startFakeAgent({ node: 'svc' })];
  const both = nodeToml('rift', rift.socket) + nodeToml('svc', svc.socket);
  expect(await createWorkstation(both).mcp('cancel', ID)).toEqual({
    stdout: '',
    stderr: `mcp: operation ${ID} is on none of the nodes rift, svc: see mcp history\n`,
    exitCode: 1,
  });
  const { mcp } = createWorkstation(nodeToml('rift', rift.socket) + nodeToml('svc', '/nowhere.sock'));
  expect(await mcp('cancel', ID)).toEqual({
    stdout: '',
    stderr:
      `mcp: operation ${ID} was not found, but not every node answered: node svc: agent at ` +
      'unix:/nowhere.sock does not answer: connect ENOENT /nowhere.sock; is mcp-agent running?\n',
    exitCode: 3,
  });
  expect((await mcp('cancel', ID, '-n', 'svc')).exitCode).toBe(3);
  expect((await mcp('cancel', ID, '-n', 'rift')).exitCode).toBe(1);
});

test('leaves the undoing to the agent on Ctrl-C, which does not ask again', async () => {
  const { start, agent } = await startDeploying({ undoMs: 15_000 });
  const cancelling = start(['cancel', ID]);
  await cancelling.printed('ports: failed');
  cancelling.interrupt();
  expect(await cancelling.result).toMatchObject({
    stderr: `mcp: interrupted: the agent of rift goes on undoing deploy ${ID} of demo; look with: mcp status demo\n`,
    exitCode: 1,
  });
  expect(agent.operations[0]?.id).toBe(ID);
});

test.each(['demo', '1a2b', 'ABCDEF012345', '1a2b3c4d5e6f7'])('refuses the id %s', async (id) => {
  const { mcp } = createWorkstation('');
  expect(await mcp('cancel', id)).toEqual({
    stdout: '',
    stderr: `mcp: operation "${id}": expected an id of 12 characters 0-9 and a-f, like 1a2b3c4d5e6f; mcp history prints them\n`,
    exitCode: 2,
  });
});
