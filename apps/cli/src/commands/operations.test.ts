import { OperationEvent } from '@mcp/proto/agent';
import { startServer } from '@mcp/daemon/test-server';
import { describe, expect, test } from 'vitest';
import { createWorkstation, definitionOf, nodeToml, startFakeAgent, startFleet } from '../run-mcp.ts';

const ESCAPE = '\x1b';

describe('deploy', () => {
  test('without a terminal prints one plain line per event and where the service is', async () => {
    const { mcp, agent } = await startFleet({ steps: ['check', 'ports'] });
    const { stdout, stderr, exitCode } = await mcp('deploy', 'demo');
    expect(stdout).toBe(
      [
        'Deploying demo v1.0.0 to rift',
        'operation 000000000001 started',
        'check: started',
        'check: done in 3 ms: check of demo',
        'ports: started',
        'ports: done in 3 ms: ports of demo',
        'Deployed demo v1.0.0 to rift in 412 ms: https://demo.test:443',
        '',
      ].join('\n'),
    );
    expect(stdout).not.toContain(ESCAPE);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(agent.services.get('demo')?.spec.components.map(({ image }) => image)).toEqual([
      'mcr.test:8443/demo:v1.0.0',
      'mcr.test:8443/demo-web:v1.0.0',
    ]);
  });

  test('says so when nothing is to be done, and does it all the same with --force', async () => {
    const { mcp, agent } = await startFleet();
    await mcp('deploy', 'demo');
    expect((await mcp('deploy', 'demo')).stdout).toContain(
      'demo v1.0.0 is up to date, nothing changed (rift)',
    );
    expect(agent.services.get('demo')?.generation).toBe(1n);
    expect((await mcp('deploy', 'demo', '--force')).exitCode).toBe(0);
    expect(agent.services.get('demo')?.generation).toBe(2n);
  });

  test('takes a path, and a version in place of the definition’s', async () => {
    const { mcp, agent, define } = await startFleet();
    const { exitCode } = await mcp('deploy', define('other'), '--version', 'v2.0.0');
    expect(exitCode).toBe(0);
    expect(agent.services.get('other')?.spec.version).toBe('v2.0.0');
  });

  test('with --plan says what would change and changes nothing', async () => {
    const { mcp, agent } = await startFleet();
    await mcp('deploy', 'demo');
    const { stdout } = await mcp('deploy', 'demo', '--plan', '--version', 'v1.1.0');
    expect(stdout).toBe(
      [
        'A deploy of demo v1.1.0 to rift would change:',
        '  ~ update  container  api  v1.0.0 to v1.1.0',
        '  1 of 2 stay as they are',
        '',
      ].join('\n'),
    );
    expect((await mcp('deploy', 'demo', '--plan')).stdout).toBe(
      'demo v1.0.0 is up to date on rift: a deploy would change nothing\n',
    );
    expect(agent.services.get('demo')?.spec.version).toBe('v1.0.0');
  });

  test('that fails shows the cause, what was undone, and that the service runs as before', async () => {
    const { mcp, agent } = await startFleet();
    await mcp('deploy', 'demo');
    agent.options.failAt = 'container api';
    const { stdout, stderr, exitCode } = await mcp('deploy', 'demo', '--version', 'v2.0.0');
    expect(stdout.split('\n').slice(-7, -1)).toEqual([
      'container api: started',
      'container api: failed after 3 ms: api exited with code 1',
      'container api: last lines:',
      'container api:   cannot open /srv/demo/demo.db',
      'ports: undone',
      'check: undone',
    ]);
    expect(stderr).toMatch(/^mcp: deploy demo failed: container api: api exited with code 1\n/);
    expect(stderr).toMatch(/\nrolled back: demo runs as before\n$/);
    expect(exitCode).toBe(1);
  });

  test('that cannot be undone says what is stuck and where to look', async () => {
    const { mcp } = await startFleet({ failAt: 'container api', stuckAt: 'ports' });
    const { stdout, stderr, exitCode } = await mcp('deploy', 'demo');
    expect(stdout).toContain('ports: not undone yet: portd does not answer\n');
    expect(stderr).toMatch(
      /stuck: ports could not be finished, the agent keeps trying; see mcp status demo\n$/,
    );
    expect(exitCode).toBe(1);
  });

  test('with --json prints one event per line, the last one finished, and the error as JSON', async () => {
    const { mcp } = await startFleet({ failAt: 'ports' });
    const { stdout, stderr, exitCode } = await mcp('deploy', 'demo', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => OperationEvent.fromJSON(JSON.parse(line)));
    expect(events.map(({ event }) => event?.$case)).toEqual([
      'started',
      'stepStarted',
      'stepDone',
      'stepStarted',
      'stepFailed',
      'stepUndone',
      'finished',
    ]);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'operation_failed', verb: 'deploy', service: 'demo', node: 'rift' },
    });
    expect(exitCode).toBe(1);
  });

  test('prints every problem of a bad definition with its line and sends nothing', async () => {
    const { mcp, define, agent } = await startFleet();
    const file = define('demo', definitionOf('demo').replace('v1.0.0', 'latest') + 'colour = "red"\n');
    const { stdout, stderr, exitCode } = await mcp('deploy', 'demo');
    expect(stderr).toMatch(new RegExp(`^${file}:3:11: .*latest.*\\n  version = "latest"\\n {12}\\^\\n`));
    expect(stderr).toContain(`${file}:13:1: unknown key "colour"`);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(agent.operations).toEqual([]);
  });

  test('refuses a service without a definition, a node it does not know, and an image without a registry', async () => {
    const { socket } = await startFakeAgent({});
    const { mcp, define, folder } = createWorkstation(nodeToml('rift', socket));
    define('bare');
    define('far', definitionOf('far', 'moon'));
    expect(await mcp('deploy', 'none')).toMatchObject({
      stderr: `mcp: no definition ${folder}/services/none.toml: no such file or folder; see mcp validate\n`,
      exitCode: 2,
    });
    expect(await mcp('deploy', 'bare')).toMatchObject({
      stderr: expect.stringContaining(
        'image bare:v1.0.0 of component api has no registry; set "registry" in',
      ),
      exitCode: 2,
    });
    expect(await mcp('stop', 'far', '--node', 'sun')).toMatchObject({
      stderr: `mcp: --node: unknown node "sun"; ${folder}/mcp.toml has rift\n`,
      exitCode: 2,
    });
  });

  test('names the known nodes when the definition names another', async () => {
    const { mcp, define, folder } = await startFleet();
    define('far', definitionOf('far', 'moon'));
    expect(await mcp('deploy', 'far')).toEqual({
      stdout: '',
      stderr: `mcp: definition of far: unknown node "moon"; ${folder}/mcp.toml has rift\n`,
      exitCode: 2,
    });
  });

  test('says that the agent does not answer, where and why', async () => {
    const { mcp, define } = createWorkstation(`registry = "r.test"\n${nodeToml('rift', '/nowhere.sock')}`);
    define('demo');
    const { stderr, exitCode } = await mcp('deploy', 'demo');
    expect(stderr).toBe(
      'mcp: node rift: agent at unix:/nowhere.sock does not answer: connect ENOENT /nowhere.sock; is mcp-agent running?\n',
    );
    expect(exitCode).toBe(3);
  });

  test('says that an agent without the RPC is too old', async () => {
    const { socket } = await startServer(() => {});
    const { mcp, define } = createWorkstation(`registry = "r.test"\n${nodeToml('rift', socket)}`);
    define('demo');
    expect(await mcp('deploy', 'demo')).toMatchObject({
      stderr: 'mcp: node rift runs an agent that is too old to deploy demo: upgrade mcp-agent there\n',
      exitCode: 1,
    });
  });

  test('does not guess the outcome when the stream ends early', async () => {
    const { mcp } = await startFleet({ leaveAfter: 'ports' });
    const { stderr, exitCode } = await mcp('deploy', 'demo');
    expect(stderr).toBe(
      'mcp: node rift: lost sight of deploy 000000000001 of demo: the agent ended the stream\n' +
        'the agent finishes it or undoes it; look with: mcp status demo\n',
    );
    expect(exitCode).toBe(3);
  });

  test('without a terminal is left to the agent on Ctrl-C', async () => {
    const { start } = await startFleet({ waitAt: 'check' });
    const running = start(['deploy', 'demo']);
    await running.printed('check: started');
    running.interrupt();
    expect(await running.result).toMatchObject({
      stderr:
        'mcp: interrupted: deploy 000000000001 of demo goes on at the agent of rift; ' +
        'look with: mcp status demo, cancel with: mcp cancel 000000000001\n',
      exitCode: 1,
    });
  });

  test('joins the same deploy, already running, and shows it from its first step', async () => {
    const { start, agent } = await startFleet({ steps: ['check'], waitAt: 'check' });
    const first = start(['deploy', 'demo']);
    await first.printed('check: started');
    const second = start(['deploy', 'demo']);
    await second.printed('joined operation 000000000001, already running\ncheck: started\n');
    agent.goOn();
    expect(await second.result).toMatchObject({
      stdout: expect.stringMatching(/Deployed demo v1\.0\.0 to rift/),
      exitCode: 0,
    });
    expect((await first.result).exitCode).toBe(0);
    expect(agent.operations).toHaveLength(1);
  });

  test('waits for another operation on the service, or with --no-wait fails', async () => {
    const { mcp, start, agent } = await startFleet({ steps: ['check'] });
    await mcp('deploy', 'demo');
    agent.options.waitAt = 'check';
    const running = start(['restart', 'demo']);
    await running.printed('check: started');
    expect(await mcp('deploy', 'demo', '--force', '--no-wait')).toMatchObject({
      stderr: 'mcp: node rift: deploy demo: operation 000000000002 is running on demo: wait for it\n',
      exitCode: 1,
    });
    const waiting = start(['deploy', 'demo', '--force']);
    await waiting.printed('operation 000000000003 waits for operation 000000000002\n');
    delete agent.options.waitAt;
    agent.goOn();
    expect((await waiting.result).exitCode).toBe(0);
    expect(agent.services.get('demo')?.generation).toBe(2n);
  });
});

describe('stop, start, restart, undeploy', () => {
  test('do what they say, and say so when it is done already', async () => {
    const { mcp, agent } = await startFleet();
    await mcp('deploy', 'demo');
    expect((await mcp('stop', 'demo')).stdout).toMatch(/Stopped demo on rift in 412 ms\n$/);
    expect(agent.services.get('demo')?.active).toBe(false);
    expect((await mcp('stop', 'demo')).stdout).toMatch(/demo is stopped already \(rift\)\n$/);
    expect(await mcp('restart', 'demo')).toMatchObject({
      stderr: 'mcp: node rift: restart demo: demo is stopped\n',
      exitCode: 1,
    });
    expect((await mcp('start', 'demo')).stdout).toMatch(
      /Started demo on rift in 412 ms: https:\/\/demo\.test:443\n$/,
    );
    expect((await mcp('restart', 'demo')).stdout).toMatch(/Restarted demo on rift in 412 ms: https/);
    expect((await mcp('undeploy', 'demo')).stdout).toMatch(/Undeployed demo from rift in 412 ms\n$/);
    expect(agent.services.has('demo')).toBe(false);
    expect(await mcp('undeploy', 'demo')).toMatchObject({
      stdout: expect.stringMatching(/demo is not there, nothing to remove \(rift\)\n$/),
      exitCode: 0,
    });
  });

  test('without a definition find the node that has the service', async () => {
    const rift = await startFleet();
    const svc = await startFakeAgent({ node: 'svc' });
    await rift.mcp('deploy', 'demo');
    const config = nodeToml('rift', rift.socket) + nodeToml('svc', svc.socket);
    const { mcp } = createWorkstation(config);
    expect((await mcp('stop', 'demo')).stdout).toMatch(/^Stopping demo on rift\n/);
    expect(await mcp('stop', 'nobody')).toMatchObject({
      stderr: 'mcp: nobody has no definition and is on none of the nodes rift, svc: see mcp ps\n',
      exitCode: 1,
    });
    expect(await mcp('start', 'demo', '-n', 'svc')).toMatchObject({
      stderr: 'mcp: node svc: start demo: service demo is not on node svc\n',
      exitCode: 1,
    });
  });

  test('do not claim that a service is nowhere when a node is silent', async () => {
    const { socket } = await startFakeAgent({});
    const { mcp } = createWorkstation(nodeToml('rift', socket) + nodeToml('svc', '/nowhere.sock'));
    const { stderr, exitCode } = await mcp('stop', 'demo');
    expect(stderr).toMatch(
      /^mcp: demo has no definition and was not found, but not every node answered: node svc: agent/,
    );
    expect(exitCode).toBe(3);
  });
});
