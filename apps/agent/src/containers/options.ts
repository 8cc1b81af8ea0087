import type { ContainerCreateOptions } from 'dockerode';
import { portVariables, peerVariables } from '@mcp/servicedef/environment';
import type { ComponentSpec, ServiceSpec } from '@mcp/proto/agent';
import { portOf } from '../desired.ts';
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
  /** The engine's id of the image: the same tag built again is another container. */
  imageId: string;
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
  const { spec, component, imageId, namespace, generation, operation } = inputs;
  const name = containerName(inputs);
  const options = createOptions(inputs);
  const specHash = fingerprint({ ...options, imageId });
  return {
    component: component.name,
    name,
    specHash,
    options: {
      ...options,
      name,
      Labels: {
        [label.namespace]: namespace,
        [label.node]: spec.node,
        [label.service]: spec.name,
        [label.component]: component.name,
        [label.generation]: String(generation),
        [label.specHash]: specHash,
        [label.operation]: operation,
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
            EndpointsConfig: { [component.network]: { Aliases: [peerName(spec.name, component.name)] } },
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
    const host = component.network === 'host' ? '127.0.0.1' : peerName(spec.name, peer.component);
    return `${peer.variable}=${host}:${portOf(ports, peer.component, peer.route)}`;
  });
  return [...own, ...peers, ...component.env.map(({ name, value }) => `${name}=${value}`)];
}

/** The name by which containers of one network find a component. */
function peerName(service: string, component: string): string {
  return `${component}.${service}`;
}
