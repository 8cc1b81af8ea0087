import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChannel } from '@mcp/daemon/client';
import { AgentServiceDefinition } from '@mcp/proto/agent';
import { PortServiceDefinition } from '@mcp/proto/portd';
import { containersOf, inspectContainer } from '../stack/engine-view.ts';
import { findLeftovers } from '../demo/leftovers.ts';
import { proveHello } from '../demo/proofs.ts';
import { runProgram } from '../demo/run.ts';
import { namespaceOf } from '../stack/stack.ts';
import { currentStack, defineHello, expectReachable, forgetHello, succeed } from './hello.ts';

beforeAll(async () => {
  await forgetHello();
  defineHello();
});
afterAll(forgetHello);

async function leasedPorts(): Promise<number[]> {
  const channel = openChannel({ address: `unix:${currentStack().processes.portd.socket}` });
  try {
    const { leases } = await channel.client(PortServiceDefinition).listLeases({ owner: 'rift/hello' });
    return leases.map(({ port }) => port);
  } finally {
    channel.close();
  }
}

async function containers(): Promise<string[]> {
  const { containers: engine, dir } = currentStack();
  return (await containersOf(engine, namespaceOf(dir))).sort();
}

describe('one definition, one command', () => {
  test('the plan says what would be made, and makes nothing', async () => {
    const plan = await succeed('deploy', 'hello', '--plan');
    expect(plan).toContain('hello.svc.mcp.metacircular.net:443');
    expect((await findLeftovers(currentStack())).filter(({ ok }) => !ok)).toEqual([]);
  });

  test('deploy ends with a service that answers from outside', async () => {
    await succeed('deploy', 'hello');
    await expectReachable();
  });

  test('deploying it again changes nothing and says so', async () => {
    const before = await containers();
    expect(await succeed('deploy', 'hello')).toContain('up to date');
    expect(await containers()).toEqual(before);
  });

  test('ps and status agree with what is seen from outside', async () => {
    const rows = JSON.parse(await succeed('ps', '--json')) as { component: string; state: string }[];
    expect(rows).toHaveLength(2);
    const text = await succeed('status', 'hello');
    for (const port of await leasedPorts()) expect(text).toContain(String(port));
    const status = JSON.parse(await succeed('status', 'hello', '--json')) as { problems?: unknown[] };
    expect(status.problems ?? []).toEqual([]);
  });

  test('logs come with the component that wrote them', async () => {
    const logs = await succeed('logs', 'hello');
    expect(logs).toMatch(/api.*rest listens on \d+/);
    expect(logs).toMatch(/web.*web listens on \d+/);
  });

  test('stop takes it off the air and keeps its ports; start brings it back on them', async () => {
    const ports = await leasedPorts();
    await succeed('stop', 'hello');
    const proofs = await proveHello(currentStack());
    expect(proofs.filter(({ ok }) => ok).map(({ what }) => what)).toEqual([]);
    expect(await leasedPorts()).toEqual(ports);
    expect(await succeed('stop', 'hello')).toMatch(/already|up to date|nothing/i);
    await succeed('start', 'hello');
    await expectReachable();
    expect(await leasedPorts()).toEqual(ports);
  });

  test('restart keeps the containers', async () => {
    const before = await containers();
    await succeed('restart', 'hello');
    expect(await containers()).toEqual(before);
    await expectReachable();
  });

  test('an update replaces the containers, keeps the ports and retires the old generation', async () => {
    const [before, ports] = [await containers(), await leasedPorts()];
    await succeed('deploy', 'hello', '--version', 'v1.1.0');
    const after = await containers();
    expect(after).toHaveLength(2);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect(await leasedPorts()).toEqual(ports);
    await expectReachable();
  });

  test('undeploy leaves nothing behind, and is safe to repeat', async () => {
    await succeed('undeploy', 'hello');
    expect((await findLeftovers(currentStack())).filter(({ ok }) => !ok)).toEqual([]);
    await succeed('undeploy', 'hello');
  });
});

test('health checks, dependencies, limits and variables of a definition take effect', async () => {
  defineHello((text) =>
    text
      .replace('name = "api"\n', 'name = "api"\nmemory = "256m"\nhealth = { path = "/", route = "rest" }\n')
      .replace(
        'name = "web"\n',
        `name = "web"\ndepends_on = ["api"]\nenv = { PORT_OF_CALL = "Bristol" }\nhealth = { command = ["/bin/node", "-e", "process.exit(0)"] }\n`,
      ),
  );
  const events = (await succeed('deploy', 'hello', '--json')).trimEnd().split('\n');
  const steps = events.map(
    (line) => JSON.parse(line) as { stepStarted?: { step: string }; stepDone?: { step: string } },
  );
  const at = (kind: 'stepStarted' | 'stepDone', step: string) =>
    steps.findIndex((event) => event[kind]?.step === step);
  expect(at('stepDone', 'container api')).toBeGreaterThan(-1);
  expect(at('stepDone', 'container api')).toBeLessThan(at('stepStarted', 'container web'));
  const { containers: engine } = currentStack();
  const [api, web] = await Promise.all((await containers()).map((name) => inspectContainer(engine, name)));
  expect(api?.HostConfig.Memory).toBe(256 * 1024 * 1024);
  expect(web?.Config.Env).toContain('PORT_OF_CALL=Bristol');
  await expectReachable();
  await succeed('undeploy', 'hello');
});

describe('over TCP', () => {
  const agentAt = (token_path?: string) => {
    const { agent, ca } = currentStack();
    return openChannel({ address: agent, ca_cert: ca, token_path });
  };

  test('the agent refuses a caller without a token, and one with a wrong token', async () => {
    const { dir } = currentStack();
    for (const token of [undefined, join(dir, 'secret', 'seal-password')]) {
      const channel = agentAt(token);
      await expect(channel.client(AgentServiceDefinition).listServices({})).rejects.toThrow(
        'UNAUTHENTICATED',
      );
      channel.close();
    }
  });

  test('the agent answers a caller with a token', async () => {
    const { config } = currentStack();
    const token = /token_path = "([^"]+)"/.exec(readFileSync(config, 'utf8'))?.[1];
    const channel = agentAt(token);
    await expect(channel.client(AgentServiceDefinition).getNode({})).resolves.toMatchObject({ name: 'rift' });
    channel.close();
  });
});

test('every daemon can be called by reflection', async () => {
  const services = {
    agent: 'mcp.agent.v1.AgentService/Deploy',
    portd: 'mcp.portd.v1.PortService/LeasePorts',
    certd: 'mcp.certd.v1.CertificateService/EnsureCertificates',
    routed: 'mcp.routed.v1.RouteService/ApplyRoutes',
    dnsd: 'mcp.dnsd.v1.RecordService/ApplyRecords',
    'mc-proxy': 'mc_proxy.v1.ProxyAdminService/AddRoute',
    mcns: 'mcns.v1.RecordService/CreateRecord',
  };
  for (const [name, method] of Object.entries(services))
    expect(await succeed('call', name)).toContain(method);
  const leases = JSON.parse(await succeed('call', 'portd', 'ListLeases', '{}')) as object;
  expect(leases).toBeTypeOf('object');
});

test('a route that nobody has is closed without a word', async () => {
  const { listeners } = currentStack();
  const { stdout } = await runProgram('openssl', [
    's_client',
    '-connect',
    listeners['443'],
    '-servername',
    'nobody.example',
  ]);
  expect(stdout).toContain('no peer certificate available');
});
