import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageWithCauses } from '@mcp/daemon/errors';
import { layoutOf } from '../stack/layout.ts';
import { namespaceOf, type StackFile } from '../stack/stack.ts';
import { findViolations } from './compare.ts';
import { doorKey, knock, type Door } from './door.ts';
import { readContainers, readImageIds } from './engine.ts';
import { readHaproxy } from './haproxy.ts';
import { resolveName } from './names.ts';
import type { Readings } from './readings.ts';
import { readRegistry, routesOf } from './registry.ts';
import { readStores } from './stores.ts';
import type { Violation } from './violation.ts';

const NODE_ADDRESSES = ['127.0.0.1'];

/**
 * Reads every system of a stack itself (SQLite files, engine, HAProxy, DNS server, certificate folder, TLS
 * through the proxy) and returns what is not as the agent's registry says. `doors` are ways in that may be
 * open or closed, beside those of the registry. What cannot be read is a violation too.
 */
export async function audit(stack: StackFile, doors: readonly Door[]): Promise<Violation[]> {
  try {
    return findViolations(await readEverything(stack, doors));
  } catch (error) {
    return [{ where: 'audit', what: messageWithCauses(error) }];
  }
}

export async function readEverything(stack: StackFile, doors: readonly Door[]): Promise<Readings> {
  const layout = layoutOf(stack.dir);
  const registry = readRegistry(layout.database('agent'));
  const routes = registry.services.flatMap(routesOf);
  const references = registry.services.flatMap(({ spec }) => spec.components.map(({ image }) => image));
  // A door of the registry takes the place of the same one in another mode.
  const known = [...new Map([...doors, ...routes].map((door) => [doorKey(door), door])).values()];
  const names = [...new Set(known.map(({ hostname }) => hostname))];
  const ca = readFileSync(stack.ca);
  const [containers, imageIds, haproxy, addresses, knocks] = await Promise.all([
    readContainers(stack.containers, namespaceOf(stack.dir)),
    readImageIds(stack.containers, [...new Set(references)]),
    readHaproxy(join(layout.haproxy, 'admin.sock')),
    Promise.all(names.map(async (name) => [name, await resolveName(stack.dns, name)] as const)),
    Promise.all(
      known.map(async ({ hostname, port, mode }) => {
        const listener = stack.listeners[String(port) as keyof StackFile['listeners']];
        const door = { hostname, port, mode };
        return { door, reading: await knock(door, { listener, ca }) };
      }),
    ),
  ]);
  return {
    registry,
    // Read last: what was put right while the outside was asked is not a violation of now.
    stores: readStores(layout),
    containers,
    imageIds,
    haproxy,
    certificateFiles: readFolder(layout.certificates),
    addresses: new Map(addresses),
    doors: knocks,
    nodeAddresses: NODE_ADDRESSES,
  };
}

function readFolder(path: string): Map<string, string> {
  if (!existsSync(path)) return new Map();
  return new Map(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]));
}
