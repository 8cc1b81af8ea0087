import type { ContainerCreateOptions } from 'dockerode';
import { portVariables, peerVariables } from '@mcp/servicedef/environment';
import { ServiceSpec, UpdateStrategy, type ComponentSpec } from '@mcp/proto/agent';
import { portOf, slotOf } from '../desired.ts';
import { fingerprint, type LeasedSlot } from '../generation.ts';

/** Labels that say whose a container is: enough to know it again when the registry is lost. */
export const label = {
  namespace: 'net.metacircular.mcp.namespace',
  node: 'net.metacircular.mcp.node',
  service: 'net.metacircular.mcp.service',
  component: 'net.metacircular.mcp.component',
  generation: 'net.metacircular.mcp.generation',
  specHash: 'net.metacircular.mcp.spec-hash',
  operation: 'net.metacircular.mcp.operation',
  /** The image reference: the container itself is made from the id. */
  image: 'net.metacircular.mcp.image',
  /** JSON of the whole service's spec and of its ports and image ids when the container was made. */
  spec: 'net.metacircular.mcp.spec',
  ports: 'net.metacircular.mcp.ports',
  imageIds: 'net.metacircular.mcp.image-ids',
} as const;

/** What a container of a component must be, and the hash by which an existing one is known to be that. */
export interface WantedContainer {
  component: string;
  name: string;
  specHash: string;
  options: ContainerCreateOptions;
}

export interface WantedContainerInputs {
  spec: ServiceSpec;
  component: ComponentSpec;
  ports: readonly LeasedSlot[];
  /** The engine's id of every image of the spec: the same tag built again is another container. */
  imageIds: Record<string, string>;
  /** Address on which the proxy reaches the node's containers. */
  publishAddress: string;
  /** Of the agent, see the configuration. */
  namespace: string;
  generation: number;
  operation: string;
}

/** The name of a component's container; names are DNS labels, so the dots keep them apart. */
function containerName({ namespace, spec, component, generation }: WantedContainerInputs): string {
  const name = `${spec.name}.${component.name}.${generation}`;
  return namespace === '' ? name : `${namespace}.${name}`;
}

/** Derives everything the engine needs for a component. `spec` has the node's defaults filled in. */
export function wantedContainer(inputs: WantedContainerInputs): WantedContainer {
  const { spec, component, imageIds, ports, namespace, generation, operation } = inputs;
  const name = containerName(inputs);
  const options = createOptions(inputs);
  const imageId = imageIds[component.image] ?? '';
  const specHash = fingerprint({ ...options, imageId });
  return {
    component: component.name,
    name,
    specHash,
    options: {
      ...options,
      name,
      // By id: what was checked is what runs, also when the tag was moved since.
      Image: imageId,
      Labels: {
        [label.namespace]: namespace,
        [label.node]: spec.node,
        [label.service]: spec.name,
        [label.component]: component.name,
        [label.generation]: String(generation),
        [label.specHash]: specHash,
        [label.operation]: operation,
        [label.image]: component.image,
        [label.spec]: JSON.stringify(ServiceSpec.toJSON(spec)),
        [label.ports]: JSON.stringify(ports),
        [label.imageIds]: JSON.stringify(imageIds),
      },
    },
  };
}

function createOptions({
  spec,
  component,
  ports,
  publishAddress,
}: WantedContainerInputs): ContainerCreateOptions {
  const leased = component.routes.map((route) => portOf(ports, component.name, route.name));
  const published = [
    ...leased.map((port) => ({
      hostIp: publishAddress,
      hostPort: port,
      containerPort: port,
      protocol: 'tcp',
    })),
    ...component.ports,
  ];
  const onHost = component.network === 'host';
  return {
    Image: component.image,
    ...(component.cmd.length > 0 ? { Cmd: component.cmd } : {}),
    Env: environment({ spec, component, ports }),
    User: component.user,
    ExposedPorts: Object.fromEntries(published.map((port) => [`${port.containerPort}/${port.protocol}`, {}])),
    HostConfig: {
      NetworkMode: component.network,
      Binds: component.volumes.map(({ hostPath, containerPath, options }) =>
        [hostPath, containerPath, ...(options.length > 0 ? [options.join(',')] : [])].join(':'),
      ),
      RestartPolicy: { Name: component.restart },
      ...(onHost ? {} : { PortBindings: portBindings(published) }),
      ...(component.memoryBytes > 0n ? { Memory: Number(component.memoryBytes) } : {}),
      ...(component.cpus > 0 ? { NanoCpus: Math.round(component.cpus * 1e9) } : {}),
    },
    ...(onHost
      ? {}
      : {
          NetworkingConfig: {
            EndpointsConfig: { [component.network]: { Aliases: aliasesOf(spec.name, component, ports) } },
          },
        }),
  };
}

function portBindings(
  published: readonly { hostIp: string; hostPort: number; containerPort: number; protocol: string }[],
) {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostIp, hostPort, containerPort, protocol } of published) {
    (bindings[`${containerPort}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: String(hostPort) });
  }
  return bindings;
}

/** PORT*, PEER* and the definition's own variables, "NAME=value". */
export function environment({
  spec,
  component,
  ports,
}: Pick<WantedContainerInputs, 'spec' | 'component' | 'ports'>): string[] {
  const own = portVariables(component).map(
    ({ variable, route }) => `${variable}=${portOf(ports, component.name, route)}`,
  );
  const peers = peerVariables(spec, component).map((peer) => {
    const { port, generation } = slotOf(ports, peer.component, peer.route);
    const { strategy } = spec.components.find(({ name }) => name === peer.component)!;
    const name =
      strategy === UpdateStrategy.OVERLAP
        ? generationName(spec.name, peer.component, generation)
        : peerName(spec.name, peer.component);
    return `${peer.variable}=${component.network === 'host' ? '127.0.0.1' : name}:${port}`;
  });
  return [...own, ...peers, ...component.env.map(({ name, value }) => `${name}=${value}`)];
}

/** The name by which containers of one network find a component. */
function peerName(service: string, component: string): string {
  return `${component}.${service}`;
}

/**
 * The same for one generation of a component's ports: while two run side by side, the plain name
 * leads to both, and only one of them listens on the port.
 */
function generationName(service: string, component: string, generation: number): string {
  return `g${generation}.${peerName(service, component)}`;
}

function aliasesOf(
  service: string,
  { name, strategy }: ComponentSpec,
  ports: readonly LeasedSlot[],
): string[] {
  const own = ports.filter(({ component }) => component === name);
  const generations = strategy === UpdateStrategy.OVERLAP ? own.map(({ generation }) => generation) : [];
  return [
    peerName(service, name),
    ...[...new Set(generations)].map((generation) => generationName(service, name, generation)),
  ];
}
