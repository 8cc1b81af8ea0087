import { fromPeer } from '@mcp/daemon/client';
import { ServiceError } from '@mcp/daemon/errors';
import { ownerOf } from '@mcp/daemon/owner';
import type { ServiceSpec } from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import type { AgentConfig } from '../config.ts';
import type { Containers } from '../containers/containers.ts';
import { hostnamesOf, isWithin, routesOf } from '../desired.ts';
import type { Peers } from '../peers.ts';
import { inParallel } from '../saga.ts';
import type { Store } from '../store.ts';

/**
 * Finds everything that would make a deploy fail before anything is changed: parts that are not
 * configured, domains, routes of others, images.
 */
export function createExamination({
  node,
  store,
  containers,
  peers: { portd, certd, routed },
}: {
  node: AgentConfig['node'];
  store: Store;
  containers: Containers;
  peers: Peers;
}) {
  return {
    examine,

    /** Examines, pulls the images that are missing and makes the networks. Of the service nothing is changed. */
    async check(spec: ServiceSpec, signal: AbortSignal) {
      const networks = [...new Set(spec.components.map(({ network }) => network))];
      const [found, imageIds] = await inParallel([
        examine(spec, signal),
        imageIdsOf(spec, (reference) => containers.ensureImage(reference)),
        ...networks.map((name) => containers.ensureNetwork(name)),
      ]);
      return { ...found, imageIds, detail: `${Object.keys(imageIds).length} images present` };
    },
  };

  function requireParts(spec: ServiceSpec): void {
    const routes = routesOf(spec);
    const missing = [
      ...(routes.length > 0 && !portd ? ['portd (ports)'] : []),
      ...(routes.some(({ route }) => route.mode === RouteMode.L7) && routed && !certd
        ? ['certd (certificates of l7 routes)']
        : []),
    ];
    if (missing.length === 0) return;
    throw new ServiceError(
      'failed_precondition',
      `${spec.name} needs ${missing.join(' and ')}, not configured on node ${node.name}: add the section to the agent's configuration`,
    );
  }

  function requireAllowedHostnames(spec: ServiceSpec): void {
    const domains = [node.service_domain, ...node.allowed_domains];
    const refused = hostnamesOf(spec).filter(
      (hostname) => !domains.some((domain) => isWithin(hostname, domain)),
    );
    if (refused.length === 0) return;
    throw new ServiceError(
      'failed_precondition',
      `hostname ${refused.join(', ')} is outside the domains of node ${node.name} (${domains.join(', ')}): add it to node.allowed_domains`,
      { details: { field: 'hostname' } },
    );
  }

  /** What a deploy of the spec would meet, changing nothing. An image that is not there has an empty id. */
  async function examine(spec: ServiceSpec, signal: AbortSignal) {
    requireParts(spec);
    requireAllowedHostnames(spec);
    const owner = ownerOf(spec.node, spec.name);
    const routes = routesOf(spec).map(({ route: { hostname, port, mode, backendTls } }) => ({
      hostname,
      port,
      mode,
      backendTls,
    }));
    const [imageIds, observed] = await inParallel([
      imageIdsOf(spec, async (reference) => (await containers.findImage(reference)) ?? ''),
      containers.list(spec.name),
      routed?.checkRoutes({ owner, routes }, { signal }).catch(fromPeer('routed', 'check routes')),
    ]);
    const current = store.find(spec.name);
    return {
      imageIds,
      containers: observed.map(({ name, component, specHash, running }) => ({
        name,
        component,
        specHash,
        running,
      })),
      previous: current?.generation.number ?? 0,
      wasActive: current?.active ?? false,
      generation: store.nextGeneration(spec.name),
    };
  }
}

async function imageIdsOf(
  spec: ServiceSpec,
  idOf: (reference: string) => Promise<string>,
): Promise<Record<string, string>> {
  const references = [...new Set(spec.components.map(({ image }) => image))];
  const ids = await inParallel(references.map(idOf));
  return Object.fromEntries(references.map((reference, index) => [reference, ids[index]!]));
}
