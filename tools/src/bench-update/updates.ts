import { setTimeout as delay } from 'node:timers/promises';
import { openChannel } from '@mcp/daemon/client';
import { AgentServiceDefinition, OperationState, type ServiceSpec } from '@mcp/proto/agent';
import { parseServiceDefinition } from '@mcp/servicedef/parse';
import { TRAFFIC_IMAGE } from '../images/traffic.ts';
import { containersOf } from '../stack/engine-view.ts';
import { DOMAIN, NODE } from '../stack/layout.ts';
import { namespaceOf, type StackFile } from '../stack/stack.ts';
import type { ClientReport } from './client/options.ts';
import { startClient } from './client-process.ts';
import { timePlainReplacement } from './own-start.ts';

export const strategies = ['recreate', 'overlap'] as const;
export type Strategy = (typeof strategies)[number];

/** Deployed in turn; every deploy from one to the other is an update. */
export const updateVersions = ['v1', 'v2'] as const;

const BETWEEN_UPDATES_MS = 300;
/** The container's own start is measured after this many updates again. */
const UPDATES_PER_START = 10;

export interface UpdateOptions {
  strategy: Strategy;
  updates: number;
  /** Requests a second. */
  rate: number;
  /** Told after every update. */
  onUpdate?(number: number, durationMs: number): void;
}

/** What clients met during the updates of one strategy. */
export interface UpdateResult {
  strategy: Strategy;
  updates: number;
  client: ClientReport;
  /** Duration of each update, as who deploys sees it. */
  updatesMs: number[];
  /** The container's own stop, start and first answer, with plain engine calls while the clients go on. */
  ownStartsMs: number[];
}

/** Updates a service again and again under a constant load, and undeploys it. Throws when an update fails. */
export async function measureUpdates(
  stack: StackFile,
  { strategy, updates, rate, onUpdate }: UpdateOptions,
): Promise<UpdateResult> {
  const service = `updates-${strategy}`;
  const channel = openChannel({ address: `unix:${stack.processes.agent.socket}` });
  const agent = channel.client(AgentServiceDefinition);
  const deploy = async (version: string) => {
    const startedAt = performance.now();
    for await (const { event } of agent.deploy({ spec: specOf(service, strategy, version) }))
      if (event?.event?.$case === 'finished') requireSuccess(event.event.value);
    return performance.now() - startedAt;
  };
  const ownStart = async () => {
    const names = await containersOf(stack.containers, namespaceOf(stack.dir));
    const name = names.find((each) => each.includes(`.${service}.`));
    if (name === undefined) throw new Error(`no container of ${service} among ${names.join(', ')}`);
    return timePlainReplacement(stack.containers, name, (variable) =>
      variable.startsWith('PORT_TLS') ? 'tls' : 'http',
    );
  };

  try {
    await deploy(updateVersions[0]);
    const client = await startClient({
      hostname: `${service}.${DOMAIN}`,
      l7: stack.listeners['443'],
      l4: stack.listeners['8443'],
      ca: stack.ca,
      rate,
    });
    try {
      const updatesMs: number[] = [];
      const ownStartsMs: number[] = [];
      for (let number = 1; number <= updates; number++) {
        if ((number - 1) % UPDATES_PER_START === 0) ownStartsMs.push(await ownStart());
        await delay(BETWEEN_UPDATES_MS);
        updatesMs.push(await deploy(updateVersions[number % updateVersions.length]!));
        onUpdate?.(number, updatesMs.at(-1)!);
      }
      await delay(BETWEEN_UPDATES_MS);
      return { strategy, updates, client: await client.stop(), updatesMs, ownStartsMs };
    } finally {
      client.kill();
    }
  } finally {
    for await (const _ of agent.undeploy({ service }));
    channel.close();
  }
}

function requireSuccess({ state, error }: { state: OperationState; error: string }): void {
  if (state !== OperationState.SUCCEEDED) throw new Error(`an update did not succeed: ${error || state}`);
}

/**
 * One component: an l7 route, for HTTP and the WebSocket, and an l4 route with the service's own certificate. The
 * WebSocket stays open as long as it is let, and fifty updates should not wait ten seconds each for that.
 */
function specOf(service: string, strategy: Strategy, version: string): ServiceSpec {
  const text = `
name = "${service}"
node = "${NODE}"
version = "${version}"
[[components]]
name = "web"
image = "${TRAFFIC_IMAGE}"
strategy = "${strategy}"
drain = "1s"
health = { path = "/health", route = "web" }
[[components.routes]]
name = "web"
port = 443
mode = "l7"
[[components.routes]]
name = "tls"
port = 8443
mode = "l4"
`;
  const parsed = parseServiceDefinition(text, { file: `${service}.toml`, registry: 'localhost' });
  if ('spec' in parsed) return parsed.spec;
  throw new Error(parsed.problems.map(({ message }) => message).join('; '));
}
