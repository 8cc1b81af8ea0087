import { expect, test } from 'vitest';
import { startFleet } from '../run-mcp.ts';

/** demo as v1.0.0, then as v2.0.0. */
async function startUpdated() {
  const fleet = await startFleet({ steps: ['check'] });
  await fleet.mcp('deploy', 'demo');
  await fleet.mcp('deploy', 'demo', '--version', 'v2.0.0');
  return fleet;
}

test('deploys the version from before again, as a new generation', async () => {
  const { mcp, agent } = await startUpdated();
  expect(await mcp('rollback', 'demo')).toEqual({
    stdout: [
      'Rolling back demo on rift',
      'operation 000000000003 started',
      'check: started',
      'check: done in 3 ms: check of demo',
      'Rolled back demo on rift in 412 ms, now generation 3: https://demo.test:443',
      '',
    ].join('\n'),
    stderr: '',
    exitCode: 0,
  });
  expect(agent.services.get('demo')).toMatchObject({ generation: 3n, spec: { version: 'v1.0.0' } });
});

test('deploys the generation that is named, or says that it runs', async () => {
  const { mcp, agent } = await startUpdated();
  expect((await mcp('rollback', 'demo', '2')).stdout).toMatch(
    /demo to generation 2 would change nothing, and nothing changed \(rift\)/,
  );
  expect((await mcp('rollback', 'demo', '1')).stdout).toMatch(/Rolled back demo to generation 1 on rift/);
  expect(agent.services.get('demo')?.spec.version).toBe('v1.0.0');
});

test('lists the generations there are with --list, for programs too', async () => {
  const { mcp, agent } = await startUpdated();
  const { stdout } = await mcp('rollback', 'demo', '--list');
  const [header, newest, oldest] = stdout.split('\n');
  expect(header).toMatch(/^GENERATION {2}VERSION {2}DEPLOYED$/);
  expect(newest).toMatch(/^2 +v2\.0\.0 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}current$/);
  expect(oldest).toMatch(/^1 +v1\.0\.0 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  expect(JSON.parse((await mcp('rollback', 'demo', '--list', '--json')).stdout)).toMatchObject([
    { number: '2', version: 'v2.0.0', current: true },
    { number: '1', version: 'v1.0.0' },
  ]);
  expect(agent.operations).toHaveLength(2);
});

test.each([
  [['demo', '7'], 1, 'mcp: node rift: rollback demo: demo has no generation 7\n'],
  [['nobody'], 1, 'mcp: node rift: rollback nobody: service nobody is not on node rift\n'],
  ...['0', '1.5', 'v1.0.0', '99999999999999999999'].map((generation): [string[], number, string] => [
    ['demo', generation],
    2,
    `mcp: generation "${generation}": expected a whole number, at least 1; mcp rollback demo --list prints those there are\n`,
  ]),
])('refuses %j with exit code %i', async (args, exitCode, stderr) => {
  const { mcp } = await startUpdated();
  expect(await mcp('rollback', ...args)).toMatchObject({ stderr, exitCode });
});
