import { fromPeer } from '@mcp/daemon/client';
import { ServiceError } from '@mcp/daemon/errors';
import { ownerOf } from '@mcp/daemon/owner';
import type { ComponentSpec, ServiceSpec } from '@mcp/proto/agent';
import type { Record as DnsRecord } from '@mcp/proto/dnsd';
import type { Slot } from '@mcp/proto/portd';
import { RouteMode, type Route } from '@mcp/proto/routed';
import type { AgentConfig } from './config.ts';
import { planContainer, type ContainerPlan } from './containers/plan.ts';
import { wantedContainer } from './containers/options.ts';
import type { Containers } from './containers/containers.ts';
import { hostnamesOf, isWithin, routesOf, slotsOf, type CertificateFiles } from './desired.ts';
import type { Generation, LeasedSlot } from './generation.ts';
import { waitUntilHealthy } from './containers/health.ts';
import { CERTIFICATE_DEADLINE_MS, type Peers } from './peers.ts';
import type { Proof } from './proof.ts';
import { inParallel } from './saga.ts';
import type { Store } from './store.ts';

export type Effects = ReturnType<typeof createEffects>;

const NOT_CONFIGURED = { detail: 'not configured' };

/**
 * What operations do to the outside, each safe to repeat. A daemon that is not configured is
 * skipped, and its step says so; one that is down fails the step.
 */
export function createEffects({
  config: {
    node,
    containers: { namespace },
  },
  store,
  containers,
  peers: { portd, certd, routed, dnsd },
  proof,
}: {
  config: Pick<AgentConfig, 'node' | 'containers'>;
  store: Store;
  containers: Containers;
  peers: Peers;
  proof: Proof;
}) {
  const healthAddress = node.backend_address;

  return {
    backendAddress: node.backend_address,
    serviceDomain: node.service_domain,
    addresses: node.addresses,
    planContainer,

    examine,

    /** Finds everything that would make the deploy fail before anything is changed, and pulls what is missing. */
    async check(spec: ServiceSpec, signal: AbortSignal) {
      const networks = [...new Set(spec.components.map(({ network }) => network))];
      const [found, imageIds] = await inParallel([
        examine(spec, signal),
        imageIdsOf(spec, (reference) => containers.ensureImage(reference)),
        ...networks.map((name) => containers.ensureNetwork(name)),
      ]);
      return { ...found, imageIds, detail: `${Object.keys(imageIds).length} images present` };
    },

    async leasePorts(owner: string, slots: readonly Slot[], signal: AbortSignal) {
      if (!portd) return { ...NOT_CONFIGURED, ports: [] as LeasedSlot[] };
      const wanted = slots.map(({ component, route }) => ({ component, route }));
      const { leases } = await portd
        .leasePorts({ owner, slots: wanted }, { signal })
        .catch(fromPeer('portd', 'lease ports'));
      const ports = leases.map(({ component, route, port }) => ({ component, route, port }));
      return {
        ports,
        detail:
          ports.map(({ component, route, port }) => `${route || component} ${port}`).join(', ') ||
          'none needed',
      };
    },

    async releasePorts(owner: string, signal: AbortSignal) {
      if (!portd) return NOT_CONFIGURED;
      await portd.releasePorts({ owner }, { signal }).catch(fromPeer('portd', 'release ports'));
      return {};
    },

    async ensureCertificates(owner: string, hostnames: readonly string[], signal: AbortSignal) {
      if (!certd) return { ...NOT_CONFIGURED, certificates: [] as CertificateFiles[] };
      const { certificates } = await certd
        .ensureCertificates(
          { owner, hostnames: [...hostnames] },
          { signal, deadline: CERTIFICATE_DEADLINE_MS },
        )
        .catch(fromPeer('certd', `certificate for ${hostnames.join(', ')}`));
      const issued = certificates.filter(({ newlyIssued }) => newlyIssued).map(({ hostname }) => hostname);
      return {
        certificates: certificates.map(({ hostname, certificatePath, keyPath }) => ({
          hostname,
          certificatePath,
          keyPath,
        })),
        detail:
          issued.length > 0 ? `issued ${issued.join(', ')}` : hostnames.length > 0 ? 'valid' : 'none needed',
      };
    },

    async releaseCertificates(owner: string, signal: AbortSignal) {
      if (!certd) return NOT_CONFIGURED;
      await certd.releaseCertificates({ owner }, { signal }).catch(fromPeer('certd', 'release certificates'));
      return {};
    },

    async applyRoutes(owner: string, routes: readonly Route[], signal: AbortSignal) {
      if (!routed) return NOT_CONFIGURED;
      await routed
        .applyRoutes({ owner, routes: [...routes] }, { signal })
        .catch(fromPeer('routed', 'apply routes'));
      return { detail: routes.map(({ hostname, port }) => `${hostname}:${port}`).join(', ') || 'none' };
    },

    async applyRecords(owner: string, records: readonly DnsRecord[], signal: AbortSignal) {
      if (!dnsd) return NOT_CONFIGURED;
      await dnsd
        .applyRecords({ owner, records: [...records] }, { signal })
        .catch(fromPeer('dnsd', 'apply records'));
      return { detail: records.map(({ name, value }) => `${name} ${value}`).join(', ') || 'none' };
    },

    async prove(
      { routes, records }: { routes: readonly Route[]; records: readonly DnsRecord[] },
      signal: AbortSignal,
    ) {
      const proofs = await inParallel([
        routed ? proof.routes(routes, signal) : Promise.resolve('routes not configured'),
        dnsd ? proof.records(records, signal) : Promise.resolve('dns not configured'),
      ]);
      return { detail: proofs.join(', ') };
    },

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

    /** Creates the container before the old one stops, so that the gap is only stop and start. */
    async bringUp(
      plan: ContainerPlan,
      target: { component: ComponentSpec; ports: LeasedSlot[] },
      signal: AbortSignal,
    ) {
      if (plan.action === 'create') await containers.create(plan.wanted);
      await inParallel(plan.replaces.map((name) => containers.stop(name)));
      if (plan.action !== 'keep') await containers.start(plan.name);
      await waitUntilHealthy(containers, { ...target, container: plan.name, address: healthAddress }, signal);
      const word = { create: 'started', start: 'started again', keep: 'unchanged' }[plan.action];
      return { detail: `${plan.name} ${word}` };
    },

    /** Takes bringUp back: the replaced containers run again. */
    async takeBack(
      plan: ContainerPlan,
      { previous, component }: { previous: Generation | undefined; component: string },
      signal: AbortSignal,
    ): Promise<void> {
      if (plan.action === 'create') await containers.remove(plan.name);
      if (plan.action === 'start') await containers.stop(plan.name);
      await inParallel(plan.replaces.map((name) => containers.start(name)));
      const spec = previous?.spec.components.find(({ name }) => name === component);
      const [restarted] = plan.replaces;
      if (!previous || !spec || restarted === undefined) return;
      await waitUntilHealthy(
        containers,
        { component: spec, container: restarted, ports: previous.ports, address: healthAddress },
        signal,
      );
    },

    /** Starts a container of a recorded generation and waits until it is healthy. */
    async startAgain(
      name: string,
      target: { component: ComponentSpec; ports: LeasedSlot[] },
      signal: AbortSignal,
    ) {
      await containers.start(name);
      await waitUntilHealthy(containers, { ...target, container: name, address: healthAddress }, signal);
      return { detail: name };
    },

    async restartContainer(
      name: string,
      target: { component: ComponentSpec; ports: LeasedSlot[] },
      signal: AbortSignal,
    ) {
      await containers.restart(name);
      await waitUntilHealthy(containers, { ...target, container: name, address: healthAddress }, signal);
      return { detail: name };
    },

    async stopContainer(name: string) {
      await containers.stop(name);
      return { detail: name };
    },

    async removeContainer(name: string): Promise<void> {
      await containers.stop(name);
      await containers.remove(name);
    },

    /** Ports for a plan: the leased ones, and 0 for those that a deploy would lease. */
    knownPorts: (spec: ServiceSpec, leased: readonly LeasedSlot[]): LeasedSlot[] =>
      slotsOf(spec).map((slot) => ({
        ...slot,
        port:
          leased.find(({ component, route }) => component === slot.component && route === slot.route)?.port ??
          0,
      })),

    /** True when nothing of the service is left on this node. */
    async isGone(service: string, signal: AbortSignal): Promise<boolean> {
      const owner = ownerOf(node.name, service);
      const [observed, leases, certificates, routes, records] = await askAll(service, owner, signal);
      const left = [observed, leases?.leases, certificates?.certificates, routes?.routes, records?.records];
      return left.every((each) => (each ?? []).length === 0);
    },

    /** Throws unavailable unless everything answers that taking a service apart needs. */
    async requirePeers(service: string, signal: AbortSignal) {
      const [observed] = await askAll(service, ownerOf(node.name, service), signal);
      return { containers: observed.map(({ name }) => name), detail: `${observed.length} containers` };
    },
  };

  function askAll(service: string, owner: string, signal: AbortSignal) {
    return Promise.all([
      containers.list(service),
      portd?.listLeases({ owner }, { signal }).catch(fromPeer('portd', 'list leases')),
      certd?.listCertificates({ owner }, { signal }).catch(fromPeer('certd', 'list certificates')),
      routed?.listRoutes({ owner }, { signal }).catch(fromPeer('routed', 'list routes')),
      dnsd?.listRecords({ owner }, { signal }).catch(fromPeer('dnsd', 'list records')),
    ]);
  }

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
