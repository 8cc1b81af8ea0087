import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { createWorkstation, nodeToml, startFleet } from '../run-mcp.ts';

test('lists the methods of a daemon', async () => {
  const { mcp, socket } = await startFleet();
  const { stdout, exitCode } = await mcp('call', `unix:${socket}`);
  expect(stdout).toMatch(/^mcp\.agent\.v1\.AgentService\/Deploy\nmcp\.agent\.v1\.AgentService\/Rollback\n/);
  expect(stdout).not.toContain('portd');
  expect(exitCode).toBe(0);
});

test('calls a method by short or full name, with the request as argument or on standard input', async () => {
  const { mcp, start } = await startFleet();
  await mcp('deploy', 'demo');
  const byName = await mcp('call', 'rift', 'GetService', '{"service": "demo"}');
  expect(JSON.parse(byName.stdout)).toMatchObject({ summary: { name: 'demo', generation: '1' } });
  const full = start(['call', 'rift', 'mcp.agent.v1.AgentService/GetService', '-'], '{"service": "demo"}');
  expect(JSON.parse((await full.result).stdout)).toMatchObject({ summary: { name: 'demo' } });
});

test('prints each response of a stream on a line, times as text', async () => {
  const { mcp } = await startFleet();
  await mcp('deploy', 'demo');
  const { stdout } = await mcp('call', 'rift', 'Logs', '{"service": "demo", "component": "api"}');
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { component: 'api', stream: 'LOG_STREAM_STDOUT', time: '1970-01-01T00:00:00.000Z', line: 'ready' },
    { component: 'api', line: 'GET / 200' },
  ]);
});

test('finds a daemon by its name in [daemons], whose socket may be anywhere', async () => {
  const { socket } = await startFleet();
  const { mcp } = createWorkstation(`[daemons]\nagent = "unix:${socket}"\n`);
  expect(JSON.parse((await mcp('call', 'agent', 'GetNode')).stdout)).toMatchObject({ name: 'rift' });
});

test.each([
  [['rift', 'GetService', '{'], 2, 'mcp: the request is not JSON: '],
  [
    ['rift', 'GetService', '{"servic": "demo"}'],
    2,
    'servic: unknown field; mcp.agent.v1.GetServiceRequest has service',
  ],
  [['rift', 'Fly'], 2, 'mcp: no method Fly; there are Deploy, Rollback, '],
  [['moon', 'Fly'], 2, 'mcp: unknown daemon "moon"; [daemons] and [[nodes]] of '],
  [
    ['rift', 'GetService', '{"service": "nobody"}'],
    1,
    'mcp: NOT_FOUND: service nobody is not on node rift\n',
  ],
  [['unix:/nowhere.sock'], 3, 'does not answer: connect ENOENT /nowhere.sock; is it running?\n'],
])('refuses %j with exit code %i', async (args, exitCode, message) => {
  const { mcp } = await startFleet();
  expect(await mcp('call', ...args)).toMatchObject({
    exitCode,
    stdout: '',
    stderr: expect.stringContaining(message),
  });
});

test('tells in JSON which daemon failed and with which code', async () => {
  const { folder } = await startFleet();
  const { mcp } = createWorkstation(nodeToml('rift', `${dirname(folder)}/nowhere.sock`));
  const { stderr, exitCode } = await mcp('call', 'rift', 'GetNode', '--json');
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'unavailable', daemon: 'rift' } });
  expect(exitCode).toBe(3);
});
