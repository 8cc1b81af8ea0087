import type { NodePart } from '@mcp/proto/agent';
import type { AgentConfig } from '../config.ts';
import type { Containers } from '../containers/containers.ts';
import type { Peers } from '../peers.ts';
import { askPart } from '../service.ts';

/** Asks the engine and the daemons of the node whether they answer. */
export function createNodeParts({
  config,
  containers,
  peers,
}: {
  config: AgentConfig;
  containers: Containers;
  peers: Peers;
}) {
  const owner = `${config.node.name}/nobody`;
  return (signal: AbortSignal): Promise<NodePart[]> =>
    Promise.all([
      askPart('engine', config.containers.socket, () => containers.version()),
      ...(['portd', 'certd', 'routed', 'dnsd'] as const).map((name) =>
        askPart(name, config[name]?.address ?? '', async () => {
          const ask = {
            portd: () => peers.portd?.listLeases({ owner }, { signal }),
            certd: () => peers.certd?.listCertificates({ owner }, { signal }),
            routed: () => peers.routed?.listRoutes({ owner }, { signal }),
            dnsd: () => peers.dnsd?.listRecords({ owner }, { signal }),
          }[name];
          await ask();
          return '';
        }),
      ),
    ]);
}
