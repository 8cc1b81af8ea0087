import { describe, expect, test } from 'vitest';
import { createWorkstation, nodeToml, startFakeAgent, startFleet } from '../run-mcp.ts';

const SILENT =
  'mcp: node svc: agent at unix:/nowhere.sock does not answer: connect ENOENT /nowhere.sock; is mcp-agent running?\n';

async function startTwoNodes() {
  const fleet = await startFleet();
  await fleet.mcp('deploy', 'demo');
  return createWorkstation(nodeToml('rift', fleet.socket) + nodeToml('svc', '/nowhere.sock'));
}

describe('ps', () => {
  test('prints one row per component', async () => {
    const { mcp } = await startFleet();
    expect(await mcp('ps')).toEqual({ stdout: 'no services\n', stderr: '', exitCode: 0 });
    await mcp('deploy', 'demo');
    expect((await mcp('ps')).stdout).toBe(
      [
        'SERVICE  COMPONENT  NODE  STATE         VERSION  UPTIME',
        'demo     api        rift  running       v1.0.0   3d',
        'demo     web        rift  exited (137)  v1.0.0   -',
        '',
      ].join('\n'),
    );
  });

  test('with --json prints an array of the same rows', async () => {
    const { mcp } = await startFleet();
    await mcp('deploy', 'demo');
    expect(JSON.parse((await mcp('ps', '--json')).stdout)).toMatchObject([
      {
        service: 'demo',
        node: 'rift',
        component: 'api',
        state: 'COMPONENT_STATE_RUNNING',
        version: 'v1.0.0',
      },
      { service: 'demo', node: 'rift', component: 'web', state: 'COMPONENT_STATE_EXITED', exitCode: 137 },
    ]);
  });

  test('shows the nodes that answer and names the others, with exit code 4', async () => {
    const { mcp } = await startTwoNodes();
    const { stdout, stderr, exitCode } = await mcp('ps');
    expect(stdout).toContain('demo     api        rift  running');
    expect({ stderr, exitCode }).toEqual({ stderr: SILENT, exitCode: 4 });
  });

  test('ends with exit code 3 and prints no table when no node answers', async () => {
    const { mcp } = createWorkstation(nodeToml('svc', '/nowhere.sock'));
    expect(await mcp('ps')).toEqual({ stdout: '', stderr: SILENT, exitCode: 3 });
    const { stderr } = await mcp('--json', 'ps');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'unavailable', node: 'svc' } });
  });
});

test('is no error when nobody reads the output to its end', async () => {
  const { start } = await startFleet();
  const running = start(['ps']);
  running.closeOutput();
  expect(await running.result).toMatchObject({ stderr: '', exitCode: 0 });
});

describe('status', () => {
  test('prints one line per service with its problems', async () => {
    const { mcp } = await startFleet();
    await mcp('deploy', 'demo');
    expect((await mcp('status')).stdout).toBe(
      [
        'SERVICE  NODE  VERSION  GENERATION  STATE   COMPONENTS  PROBLEMS',
        'demo     rift  v1.0.0   1           active  1/2         1',
        '',
      ].join('\n'),
    );
    await mcp('stop', 'demo');
    expect((await mcp('status')).stdout).toContain(
      'demo     rift  v1.0.0   1           stopped  0/2         -\n',
    );
  });

  test('of a service prints what should be against what is, in sections', async () => {
    const { mcp } = await startFleet();
    await mcp('deploy', 'demo');
    const { stdout } = await mcp('status', 'demo');
    expect(stdout).toMatch(/^demo v1\.0\.0 on rift: active, generation 1, 1 problem\n/);
    expect(stdout).toContain('\nProblems\n  route  demo.test:443 is missing in the proxy\n');
    expect(stdout).toContain('\nContainers\n  api  running       v1.0.0  3d  demo-api-1\n');
    expect(stdout).toContain('\nPorts\n  api/rest  23811\n');
    expect(stdout).toMatch(
      /\nCertificates\n {2}demo\.test {2}expires \d{4}-\d\d-\d\d, in 89 days {2}services\n/,
    );
    expect(stdout).toContain('\nRoutes\n  demo.test:443  l7  → 127.0.0.1:23811  missing\n');
    expect(stdout).toContain('\nDNS\n  demo.test  A  10.0.0.1  in step\n');
    expect(stdout).toMatch(
      /\nLast operations\n {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}deploy v1\.0\.0 {2}succeeded {2}\d+ ms {2}by kim {2}000000000001 {2}generation 1\n$/,
    );
  });

  test('names the operations that are stuck, below all services and at their own', async () => {
    const { mcp, agent } = await startFleet();
    await mcp('deploy', 'demo');
    const message = 'deploy 1a2b3c4d5e6f could not release ports: portd does not answer; it is tried again';
    agent.problems.push({ resource: 'operation', message });
    expect((await mcp('status')).stdout).toMatch(new RegExp(`2\n\nStuck operations\n  demo  ${message}\n$`));
    expect((await mcp('status', 'demo')).stdout).toContain(`\n  operation  ${message}\n`);
  });

  test('does not show a service that was undeployed, only an operation that is stuck on it', async () => {
    const { mcp, agent } = await startFleet();
    await mcp('deploy', 'demo');
    await mcp('undeploy', 'demo');
    expect((await mcp('status')).stdout).toBe('no services\n');
    Object.assign(agent.options, { failAt: 'ports', stuckAt: 'check' });
    await mcp('purge', 'demo');
    expect((await mcp('status')).stdout).toBe(
      'no services\n\nStuck operations\n' +
        '  demo  purge 000000000003 not finished: check; ports: api exited with code 1\n',
    );
  });

  test('with --json prints the messages of the agent', async () => {
    const { mcp } = await startFleet();
    await mcp('deploy', 'demo');
    expect(JSON.parse((await mcp('status', 'demo', '--json')).stdout)).toMatchObject({
      summary: { name: 'demo', active: true },
      leases: [{ port: 23811 }],
    });
    expect(JSON.parse((await mcp('status', '--json')).stdout)).toMatchObject([{ summary: { name: 'demo' } }]);
  });

  test('of an unknown service fails and says where it looked', async () => {
    const { mcp } = await startFleet();
    expect(await mcp('status', 'nobody')).toEqual({
      stdout: '',
      stderr: 'mcp: node rift: describe nobody: service nobody is not on node rift\n',
      exitCode: 1,
    });
  });
});

describe('node list', () => {
  test('prints each node, what it lacks, and those that do not answer', async () => {
    const { mcp } = await startTwoNodes();
    const { stdout, stderr, exitCode } = await mcp('node', 'list');
    const [header, rift, svc, part] = stdout.split('\n');
    expect(header).toMatch(/^NAME +ADDRESS +STATE +VERSION +ENGINE +SERVICES$/);
    expect(rift).toMatch(/^rift +unix:\S+ +without certd +0\.1\.0 +podman 4\.3\.1 +1$/);
    expect(svc).toMatch(/^svc +unix:\/nowhere\.sock +unreachable +- +- +-$/);
    expect(part).toBe('node rift: certd at /run/certd.sock does not answer: connection refused');
    expect({ stderr, exitCode }).toEqual({ stderr: SILENT, exitCode: 4 });
  });

  test('with --json says which nodes can be reached', async () => {
    const { socket } = await startFakeAgent({});
    const { mcp } = createWorkstation(nodeToml('rift', socket));
    expect(JSON.parse((await mcp('node', 'list', '--json')).stdout)).toMatchObject([
      { name: 'rift', reachable: true, node: { version: '0.1.0', arch: 'amd64' } },
    ]);
  });
});
