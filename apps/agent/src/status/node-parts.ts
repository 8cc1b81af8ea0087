import { messageWithCauses } from '@mcp/daemon/errors';
import { ownerOf } from '@mcp/daemon/owner';
import type { NodePart } from '@mcp/proto/agent';
import type { AgentConfig } from '../config.ts';
import type { Containers } from '../containers/containers.ts';
import type { Peers } from '../peers.ts';

/** Asks the engine and the daemons of the node whether they answer. */
export function createNodeParts({
  config,
  containers,
  peers: { portd, certd, routed, dnsd },
}: {
  config: AgentConfig;
  containers: Containers;
  peers: Peers;
}) {
  // A question that every daemon answers with an empty list.
  const owner = ownerOf(config.node.name, 'nobody');
  const askDaemon = (name: 'portd' | 'certd' | 'routed' | 'dnsd', ask: () => Promise<unknown> | undefined) =>
    askPart(name, config[name]?.address ?? '', async () => {
      await ask();
      return '';
    });

  return (signal: AbortSignal): Promise<NodePart[]> =>
    Promise.all([
      askPart('engine', config.containers.socket, () => containers.version()),
      askDaemon('portd', () => portd?.listLeases({ owner }, { signal })),
      askDaemon('certd', () => certd?.listCertificates({ owner }, { signal })),
      askDaemon('routed', () => routed?.listRoutes({ owner }, { signal })),
      askDaemon('dnsd', () => dnsd?.listRecords({ owner }, { signal })),
    ]);
}

/** Asks one part of the node; what stands against it becomes its error. */
async function askPart(name: string, address: string, ask: () => Promise<string>): Promise<NodePart> {
  try {
    return { name, address, error: '', version: await ask() };
  } catch (error) {
    return { name, address, error: messageWithCauses(error), version: '' };
  }
}
