import { expect, test } from 'vitest';
import { startFleet } from '../run-mcp.ts';

async function startDeployed() {
  const fleet = await startFleet();
  await fleet.mcp('deploy', 'demo');
  return fleet;
}

test('prints the lines of all components, each after its name', async () => {
  const { mcp } = await startDeployed();
  expect(await mcp('logs', 'demo')).toEqual({
    stdout: 'api | ready\nweb | ready\napi | GET / 200\nweb | GET / 200\n',
    stderr: '',
    exitCode: 0,
  });
});

test('asks for one component, the last lines, and from when', async () => {
  const { mcp, agent } = await startDeployed();
  const { stdout } = await mcp('logs', 'demo', 'web', '-n', '1', '--since', '2026-01-31T12:00:00Z');
  expect(stdout).toBe('web | GET / 200\n');
  expect(agent.logRequests).toMatchObject([
    { service: 'demo', component: 'web', follow: false, tail: 1, since: new Date('2026-01-31T12:00:00Z') },
  ]);
});

test('with --json prints one message per line', async () => {
  const { mcp } = await startDeployed();
  const { stdout } = await mcp('logs', 'demo', 'api', '--json');
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).line),
  ).toEqual(['ready', 'GET / 200']);
});

test('with -f goes on until Ctrl-C, which is no error', async () => {
  const { start } = await startDeployed();
  const running = start(['logs', 'demo', 'api', '-f']);
  await running.printed('api | GET / 200');
  running.interrupt();
  expect(await running.result).toMatchObject({ stderr: '', exitCode: 0 });
});

test.each([
  [['demo', 'db'], 1, 'mcp: node rift: read logs of demo: demo has no component db\n'],
  [['demo', '-n', '0'], 2, 'mcp: -n "0": expected a number of lines, at least 1\n'],
  [['demo', '--since', 'noon'], 2, 'mcp: --since "noon": expected a duration like 10m or 1h30m'],
])('refuses %j with exit code %i', async (args, exitCode, message) => {
  const { mcp } = await startDeployed();
  expect(await mcp('logs', ...args)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
});
