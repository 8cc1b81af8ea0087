import { EventKind } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { createWorkstation, nodeToml, startFakeAgent, startFleet } from '../run-mcp.ts';

const drift = { kind: EventKind.DRIFT, message: 'demo-api-1 exited with code 137\nlast lines: ...' };

test('lists operations and events by time, the newest last', async () => {
  const { mcp, agent } = await startFleet();
  await mcp('deploy', 'demo');
  agent.see(drift);
  agent.options.failAt = 'ports';
  await mcp('deploy', 'demo', '--version', 'v2.0.0');
  const { stdout, stderr, exitCode } = await mcp('history');
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^WHEN +SERVICE +NODE +WHAT +ENDED +TOOK +BY +OPERATION$/),
    expect.stringMatching(
      `^${time}  demo +rift +deploy v1\\.0\\.0 +succeeded +\\d+ ms +kim +000000000001 +generation 1$`,
    ),
    expect.stringMatching(`^${time}  demo +rift +drift +container: demo-api-1 exited with code 137$`),
    expect.stringMatching(
      `^${time}  demo +rift +deploy v2\\.0\\.0 +rolled back +\\d+ ms +kim +000000000002 +ports: api exited with code 1$`,
    ),
    '',
  ]);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
});

test('of a service leaves out the others, and of none there is says where it looked', async () => {
  const { mcp, define, agent } = await startFleet();
  define('other');
  await mcp('deploy', 'demo');
  await mcp('deploy', 'other');
  agent.see({ ...drift, service: 'other' });
  expect((await mcp('history', 'demo')).stdout).not.toContain('other');
  expect((await mcp('history', 'other')).stdout).toMatch(/other +rift +deploy[^]*other +rift +drift/);
  expect(await mcp('history', 'nobody')).toEqual({
    stdout: 'no history of nobody on rift: see mcp ps\n',
    stderr: '',
    exitCode: 0,
  });
});

test('merges what the nodes tell, the newest of all, and names one that is silent', async () => {
  const { mcp: atRift, socket, agent: rift } = await startFleet();
  const svc = await startFakeAgent({ node: 'svc' });
  await atRift('deploy', 'demo');
  rift.see({ ...drift, time: new Date(Date.now() + 2000) });
  svc.agent.see({ ...drift, service: 'web', time: new Date(Date.now() + 1000) });
  const { mcp } = createWorkstation(
    nodeToml('rift', socket) + nodeToml('svc', svc.socket) + nodeToml('far', '/nowhere.sock'),
  );
  const { stdout, stderr, exitCode } = await mcp('history', '--limit', '2');
  expect(stdout.split('\n').slice(1)).toEqual([
    expect.stringMatching(/web +svc +drift/),
    expect.stringMatching(/demo +rift +drift/),
    '',
  ]);
  expect(stderr).toMatch(/^mcp: node far: agent at unix:\/nowhere\.sock does not answer/);
  expect(exitCode).toBe(4);
  expect((await mcp('history', '-n', 'rift')).exitCode).toBe(0);
});

test('with --json prints an array of operations and events with their node', async () => {
  const { mcp, agent } = await startFleet();
  await mcp('deploy', 'demo');
  agent.see(drift);
  expect(JSON.parse((await mcp('history', '--json')).stdout)).toMatchObject([
    {
      node: 'rift',
      operation: { id: '000000000001', kind: 'OPERATION_KIND_DEPLOY', version: 'v1.0.0', generation: '1' },
    },
    { node: 'rift', event: { sequence: '1', kind: 'EVENT_KIND_DRIFT', resource: 'container' } },
  ]);
});

test('with -f goes on with events as they come, until Ctrl-C', async () => {
  const { mcp, start, agent } = await startFleet();
  await mcp('deploy', 'demo');
  agent.see(drift);
  const following = start(['history', '-f']);
  await following.printed('exited with code 137\n');
  agent.see({ kind: EventKind.REPAIRED, message: 'demo-api-1 runs', operationId: '000000000002' });
  await following.printed('container: demo-api-1 runs\n');
  following.interrupt();
  const { stdout, stderr, exitCode } = await following.result;
  expect(stdout.match(/drift/g)).toHaveLength(1);
  expect(stdout).toMatch(/\n\S+ \S+ {2}demo +rift +repaired +000000000002 +container: demo-api-1 runs\n$/);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
});

test('with -f ends with exit code 3 when no node can be followed', async () => {
  const { mcp } = createWorkstation(nodeToml('far', '/nowhere.sock'));
  const { stdout, stderr, exitCode } = await mcp('history', '-f');
  expect(stdout).toBe('');
  expect(stderr.match(/^mcp: node far/gm)).toHaveLength(1);
  expect(exitCode).toBe(3);
});

test('refuses a limit that is no number', async () => {
  const { mcp } = createWorkstation('');
  expect(await mcp('history', '--limit', '0')).toEqual({
    stdout: '',
    stderr: 'mcp: --limit "0": expected a number of entries, at least 1\n',
    exitCode: 2,
  });
});
