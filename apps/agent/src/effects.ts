import { ownerOf } from '@mcp/daemon/owner';
import type { ServiceSpec } from '@mcp/proto/agent';
import type { AgentConfig } from './config.ts';
import type { Containers } from './containers/containers.ts';
import { wantedContainer } from './containers/options.ts';
import { createContainerEffects } from './effects/containers.ts';
import { createDaemonEffects } from './effects/daemons.ts';
import { createExamination } from './effects/examine.ts';
import type { LeasedSlot } from './generation.ts';
import type { Peers } from './peers.ts';
import type { Proof } from './proof.ts';
import { inParallel } from './saga.ts';
import type { Store } from './store.ts';

export type Effects = ReturnType<typeof createEffects>;

/** Everything that operations find out about, and do to, the outside. */
export function createEffects({
  config: {
    node,
    containers: { namespace },
  },
  store,
  containers,
  peers,
  proof,
}: {
  config: Pick<AgentConfig, 'node' | 'containers'>;
  store: Store;
  containers: Containers;
  peers: Peers;
  proof: Proof;
}) {
  const daemons = createDaemonEffects(peers, proof);

  const held = (service: string, signal: AbortSignal) =>
    inParallel([containers.list(service), daemons.holdings(ownerOf(node.name, service), signal)]);

  return {
    ...daemons,
    ...createContainerEffects(containers, node.backend_address),
    ...createExamination({ node, store, containers, peers }),
    backendAddress: node.backend_address,
    serviceDomain: node.service_domain,
    addresses: node.addresses,

    /** What every component's container must be. */
    wantedContainers(inputs: {
      id: string;
      spec: ServiceSpec;
      ports: LeasedSlot[];
      imageIds: Record<string, string>;
      generation: number;
    }) {
      const { id, spec, ports, imageIds, generation } = inputs;
      return spec.components.map((component) =>
        wantedContainer({
          spec,
          component,
          ports,
          imageId: imageIds[component.image] ?? '',
          publishAddress: node.backend_address,
          namespace,
          generation,
          operation: id,
        }),
      );
    },

    /** True when nothing of the service is left on this node. */
    async isGone(service: string, signal: AbortSignal): Promise<boolean> {
      return (await held(service, signal)).every((found) => found.length === 0);
    },

    /** Throws unavailable unless everything answers that taking a service apart needs. */
    async requirePeers(service: string, signal: AbortSignal) {
      const [found] = await held(service, signal);
      return { containers: found.map(({ name }) => name), detail: `${found.length} containers` };
    },
  };
}
