import { describe, expect, test } from 'vitest';
import { startOnTerminal } from '../run-on-terminal.ts';
import { createWorkstation, definitionOf, nodeToml, startFleet } from '../run-mcp.ts';

/** rift, where demo and other were undeployed. */
async function startUndeployed() {
  const fleet = await startFleet({ steps: ['check'] });
  for (const name of ['demo', 'other']) {
    fleet.define(name);
    await fleet.mcp('deploy', name);
    await fleet.mcp('undeploy', name);
  }
  return fleet;
}

const LIST =
  /^SERVICE +NODE +VERSION +GENERATION +DEPLOYED +DATA\ndemo +rift +v1\.0\.0 +1 +\S+ \S+ +\/srv\/demo\n/;

describe('purge of a service', () => {
  test('forgets it, and says where its data stays', async () => {
    const { mcp, agent } = await startUndeployed();
    const { stdout, exitCode } = await mcp('purge', 'demo');
    expect(stdout).toMatch(/^Purging demo on rift\n/);
    expect(stdout).toMatch(/\nPurged demo on rift in 412 ms\nits data stays: \/srv\/demo on rift\n$/);
    expect(exitCode).toBe(0);
    expect([...agent.generations.keys()]).toEqual(['other']);
    expect(agent.purgeRequests).toEqual([{ service: 'demo', data: false, noWait: false }]);
  });

  test('finds it where it was undeployed, whatever node its definition names now', async () => {
    const { socket } = await startUndeployed();
    const moved = await startFleet();
    const { mcp, define } = createWorkstation(
      `registry = "mcr.test:8443"\n${nodeToml('rift', socket)}${nodeToml('svc', moved.socket)}`,
    );
    define('demo', definitionOf('demo', 'svc'));
    await mcp('deploy', 'demo');
    expect((await mcp('purge', 'demo')).stdout).toMatch(/^Purging demo on rift\n/);
    expect(moved.agent.services.has('demo')).toBe(true);
  });

  test('removes its data only when its name is passed again', async () => {
    const { mcp, agent } = await startUndeployed();
    expect(await mcp('purge', 'demo', '--data')).toEqual({
      stdout: '',
      stderr: 'mcp: purge demo --data removes the data of demo for good: confirm with --confirm demo\n',
      exitCode: 2,
    });
    expect(await mcp('purge', 'demo', '--data', '--confirm', 'other')).toEqual({
      stdout: '',
      stderr:
        'mcp: --confirm "other": expected demo, the service whose data is removed; nothing was purged\n',
      exitCode: 2,
    });
    expect(await mcp('purge', 'demo', '--data', '--yes')).toMatchObject({ exitCode: 2 });
    expect(agent.purgeRequests).toEqual([]);
    expect((await mcp('purge', 'demo', '--data', '--confirm', 'demo')).stdout).toMatch(
      /\nPurged demo and its data on rift in 412 ms\n$/,
    );
    expect(agent.purgeRequests).toEqual([{ service: 'demo', data: true, noWait: false }]);
  });

  test.each([
    ['demo', 'Purged demo and its data on rift in 412 ms', 0, 1],
    ['dem', 'mcp: "dem" is not demo: nothing was purged', 1, 0],
  ])('on a terminal takes the typed name %s', async (typed, said, exitCode, purges) => {
    const { folder, agent } = await startUndeployed();
    const terminal = startOnTerminal(folder, 'purge demo --data');
    await terminal.printed('This removes /srv/demo on rift for good. Type demo to go on: ');
    terminal.type(`${typed}\r`);
    const result = await terminal.result;
    expect(result.output).toContain(said);
    expect(result.exitCode).toBe(exitCode);
    expect(agent.purgeRequests).toHaveLength(purges);
  });

  test('refuses one that is still deployed, unknown, or perhaps on a silent node', async () => {
    const { mcp, socket } = await startFleet();
    await mcp('deploy', 'demo');
    expect(await mcp('purge', 'demo')).toEqual({
      stdout: '',
      stderr: 'mcp: node rift: demo is still deployed: mcp undeploy demo first\n',
      exitCode: 1,
    });
    expect(await mcp('purge', 'nobody')).toEqual({
      stdout: '',
      stderr: 'mcp: nothing is known of nobody on rift: mcp purge lists what can be purged\n',
      exitCode: 1,
    });
    const half = createWorkstation(nodeToml('rift', socket) + nodeToml('svc', '/nowhere.sock'));
    expect(await half.mcp('purge', 'nobody')).toMatchObject({
      stderr: expect.stringMatching(
        /^mcp: no undeployed nobody was found, but not every node answered: node svc: /,
      ),
      exitCode: 3,
    });
  });
});

describe('purge without a service', () => {
  test('lists what is undeployed, and without a terminal needs --yes', async () => {
    const { mcp, agent } = await startUndeployed();
    const { stdout, stderr, exitCode } = await mcp('purge');
    expect(stdout).toMatch(LIST);
    expect(stderr).toBe('mcp: nothing was purged: purge these 2 services with --yes\n');
    expect(exitCode).toBe(2);
    expect(JSON.parse((await mcp('purge', '--json')).stdout)).toMatchObject([
      { node: 'rift', name: 'demo', last: { number: '1', version: 'v1.0.0' }, dataPath: '/srv/demo' },
      { node: 'rift', name: 'other' },
    ]);
    expect(agent.purgeRequests).toEqual([]);
  });

  test('purges all with --yes and keeps their data; then there is nothing to purge', async () => {
    const { mcp, agent } = await startUndeployed();
    const { stdout, exitCode } = await mcp('purge', '--yes');
    expect(stdout).toMatch(/\nPurged demo on rift in [^]*\nPurged other on rift in /);
    expect(exitCode).toBe(0);
    expect(agent.purgeRequests.map(({ service, data }) => [service, data])).toEqual([
      ['demo', false],
      ['other', false],
    ]);
    expect(await mcp('purge')).toEqual({ stdout: 'nothing to purge\n', stderr: '', exitCode: 0 });
  });

  test('on a terminal asks, and takes only a yes for one', async () => {
    const { folder, agent } = await startUndeployed();
    for (const [answer, purges] of [
      ['\r', 0],
      ['y\r', 2],
    ] as const) {
      const terminal = startOnTerminal(folder, 'purge');
      await terminal.printed(
        'Forget these 2 services? The data stays, and mcp can no longer remove it. [y/N] ',
      );
      terminal.type(answer);
      expect((await terminal.result).exitCode).toBe(purges === 0 ? 1 : 0);
      expect(agent.purgeRequests).toHaveLength(purges);
    }
  });

  test('goes on without a node that is silent, and ends with exit code 4', async () => {
    const { socket, agent } = await startUndeployed();
    const { mcp } = createWorkstation(nodeToml('rift', socket) + nodeToml('svc', '/nowhere.sock'));
    expect(await mcp('purge', '--yes')).toMatchObject({
      stdout: expect.stringContaining('Purged other on rift'),
      stderr: expect.stringMatching(/^mcp: node svc: agent at unix:\/nowhere\.sock does not answer/),
      exitCode: 4,
    });
    expect(agent.generations.size).toBe(0);
  });

  test('ends with exit code 1 when every purge failed, each said once', async () => {
    const { mcp, agent } = await startUndeployed();
    agent.options.failAt = 'check';
    const { stderr, exitCode } = await mcp('purge', '--yes');
    expect(stderr.match(/^mcp: purge (demo|other) failed: check: api exited/gm)).toHaveLength(2);
    expect(exitCode).toBe(1);
  });

  test.each([[['--data']], [['--confirm', 'demo']]])('refuses %j, which is for one service', async (args) => {
    const { mcp } = createWorkstation('');
    expect(await mcp('purge', ...args)).toEqual({
      stdout: '',
      stderr: 'mcp: --data and --confirm need the name of one service; see mcp purge --help\n',
      exitCode: 2,
    });
  });
});
