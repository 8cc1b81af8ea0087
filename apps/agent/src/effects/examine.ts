import { joinHostPort } from '@mcp/daemon/address';
import { fromPeer } from '@mcp/daemon/client';
import { ServiceError } from '@mcp/daemon/errors';
import { ownerOf } from '@mcp/daemon/owner';
import type { ServiceSpec } from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import type { AgentConfig } from '../config.ts';
import type { Containers, ObservedContainer } from '../containers/containers.ts';
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
  ownContainers,
  peers: { portd, certd, routed },
}: {
  node: AgentConfig['node'];
  store: Store;
  containers: Containers;
  ownContainers(service: string): Promise<ObservedContainer[]>;
  peers: Peers;
}) {
  return {
    examine,

    /**
     * Examines, pulls the images that are missing and makes the networks. Of the service nothing is
     * changed. An image whose id is in `pinned` is that one as long as the engine has it.
     */
    async check(spec: ServiceSpec, pinned: Record<string, string>, signal: AbortSignal) {
      const networks = [...new Set(spec.components.map(({ network }) => network))];
      const [found, imageIds] = await inParallel([
        examine(spec, pinned, signal),
        imageIdsOf(spec, pinned, (reference) => containers.ensureImage(reference)),
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
  async function examine(spec: ServiceSpec, pinned: Record<string, string>, signal: AbortSignal) {
    requireParts(spec);
    requireAllowedHostnames(spec);
    requireFreeFixedPorts(spec);
    const owner = ownerOf(spec.node, spec.name);
    const current = store.find(spec.name);
    const recordedNames = new Set(current?.generation.containers.map(({ name }) => name));
    // With the backends as they are now: a route that routed has lost is known again by them.
    const routes = routesOf(spec).map(({ component, route: { name, hostname, port, mode, backendTls } }) => {
      const held = current?.generation.ports.find(
        (slot) => slot.component === component && slot.route === name,
      );
      const backend = held ? joinHostPort(node.backend_address, held.port) : '';
      return { hostname, port, mode, backendTls, backend };
    });
    const [imageIds, observed] = await inParallel([
      imageIdsOf(spec, pinned, async (reference) => (await containers.findImage(reference)) ?? ''),
      ownContainers(spec.name),
      routed?.checkRoutes({ owner, routes }, { signal }).catch(fromPeer('routed', 'check routes')),
    ]);
    return {
      imageIds,
      // The recorded ones first: of two that are alike, they are the ones to keep.
      containers: observed
        .map(({ name, component, specHash, running }) => ({ name, component, specHash, running }))
        .sort((a, b) => Number(recordedNames.has(b.name)) - Number(recordedNames.has(a.name))),
      previous: current?.generation.number ?? 0,
      wasActive: current?.active ?? false,
      // A registry that was lost and rebuilt may know fewer generations than the engine.
      generation: Math.max(store.nextGeneration(spec.name), ...observed.map((each) => each.generation + 1)),
    };
  }

  function requireFreeFixedPorts(spec: ServiceSpec): void {
    const wanted = new Set(fixedPortsOf(spec));
    for (const { name, generation } of store.list()) {
      const taken =
        name === spec.name ? [] : fixedPortsOf(generation.spec).filter((port) => wanted.has(port));
      if (taken.length === 0) continue;
      throw new ServiceError(
        'already_exists',
        `port ${taken.join(', ')} of node ${node.name} is published by service ${name}: choose another host port`,
        { details: { owner: ownerOf(node.name, name), field: 'ports' } },
      );
    }
  }

  async function imageIdsOf(
    spec: ServiceSpec,
    pinned: Record<string, string>,
    idOf: (reference: string) => Promise<string>,
  ): Promise<Record<string, string>> {
    const references = [...new Set(spec.components.map(({ image }) => image))];
    const ids = await inParallel(
      references.map(async (reference) => {
        const id = pinned[reference] ?? '';
        return id !== '' && (await containers.findImage(id)) !== undefined ? id : idOf(reference);
      }),
    );
    return Object.fromEntries(references.map((reference, index) => [reference, ids[index]!]));
  }
}

/** "<port>/<protocol>" of the old-style ports. */
function fixedPortsOf(spec: ServiceSpec): string[] {
  return spec.components.flatMap(({ ports }) =>
    ports.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`),
  );
}
