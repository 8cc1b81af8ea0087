import { isIPv6 } from 'node:net';
import { joinHostPort } from '@mcp/daemon/address';
import type { ComponentSpec, RouteSpec, ServiceSpec } from '@mcp/proto/agent';
import { RecordType, type Record as DnsRecord } from '@mcp/proto/dnsd';
import type { Slot } from '@mcp/proto/portd';
import { RouteMode, type Route } from '@mcp/proto/routed';
import type { LeasedSlot } from './generation.ts';

/** A route with the component it belongs to. */
export interface ComponentRoute {
  component: string;
  route: RouteSpec;
}

/** Every route of the service, in the order of the definition. */
export function routesOf(spec: ServiceSpec): ComponentRoute[] {
  return spec.components.flatMap(({ name, routes }) => routes.map((route) => ({ component: name, route })));
}

/** One port slot per route. */
export function slotsOf(spec: ServiceSpec): Slot[] {
  return routesOf(spec).map(({ component, route }) => ({ component, route: route.name }));
}

/** The slots of both, each once. */
export function unionOfSlots(first: readonly Slot[], second: readonly Slot[]): Slot[] {
  const byKey = new Map(
    [...first, ...second].map(({ component, route }) => [`${component}/${route}`, { component, route }]),
  );
  return [...byKey.values()];
}

/** Hostnames that need a certificate: those of l7 routes, each once. */
export function certificateHostnames(spec: ServiceSpec): string[] {
  const l7 = routesOf(spec).filter(({ route }) => route.mode === RouteMode.L7);
  return [...new Set(l7.map(({ route }) => route.hostname))];
}

/** Every hostname of the service, each once. */
export function hostnamesOf(spec: ServiceSpec): string[] {
  return [...new Set(routesOf(spec).map(({ route }) => route.hostname))];
}

/** True when `hostname` is `domain` or below it. */
export function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

/** The port leased for a route. Throws when there is none, which is a bug. */
export function portOf(ports: readonly LeasedSlot[], component: string, route: string): number {
  const slot = ports.find((leased) => leased.component === component && leased.route === route);
  if (!slot) throw new Error(`no port is leased for ${component}/${route}`);
  return slot.port;
}

/** Where a hostname's certificate is on disk. */
export interface CertificateFiles {
  hostname: string;
  certificatePath: string;
  keyPath: string;
}

/** The proxy routes of a service: hostname and listener to the node's address and the leased port. */
export function proxyRoutes(
  spec: ServiceSpec,
  backendAddress: string,
  ports: readonly LeasedSlot[],
  certificates: readonly CertificateFiles[],
): Route[] {
  return routesOf(spec).map(({ component, route }) => {
    const files = certificates.find(({ hostname }) => hostname === route.hostname);
    const terminates = route.mode === RouteMode.L7;
    return {
      hostname: route.hostname,
      port: route.port,
      mode: route.mode,
      backend: joinHostPort(backendAddress, portOf(ports, component, route.name)),
      backendTls: route.backendTls,
      certificatePath: terminates ? (files?.certificatePath ?? '') : '',
      keyPath: terminates ? (files?.keyPath ?? '') : '',
    };
  });
}

/**
 * The DNS records of a service: every hostname below the service domain to every address of
 * the node. Other hostnames are managed elsewhere.
 */
export function dnsRecords(
  spec: ServiceSpec,
  serviceDomain: string,
  addresses: readonly string[],
): DnsRecord[] {
  const names = hostnamesOf(spec).filter((hostname) => isWithin(hostname, serviceDomain));
  return names.flatMap((name) =>
    addresses.map((value) => ({ name, type: isIPv6(value) ? RecordType.AAAA : RecordType.A, value, ttl: 0 })),
  );
}

/** Components in the order in which they start: each level only after the one before is healthy. */
export function startLevels(components: readonly ComponentSpec[]): ComponentSpec[][] {
  const levels: ComponentSpec[][] = [];
  const started = new Set<string>();
  let waiting = [...components];
  while (waiting.length > 0) {
    const level = waiting.filter(({ dependsOn }) => dependsOn.every((name) => started.has(name)));
    if (level.length === 0)
      throw new Error(`depends_on has a cycle among ${waiting.map(({ name }) => name).join(', ')}`);
    for (const { name } of level) started.add(name);
    waiting = waiting.filter((component) => !level.includes(component));
    levels.push(level);
  }
  return levels;
}

/** Where users reach the service: "https://name", "https://name:8443", "tls://name:9443". */
export function addressesOf(routes: readonly Route[]): string[] {
  return routes.map(({ hostname, port, mode }) => {
    if (mode !== RouteMode.L7) return `tls://${hostname}:${port}`;
    return port === 443 ? `https://${hostname}` : `https://${hostname}:${port}`;
  });
}

/** Ports for a plan: the leased ones, and 0 for those that a deploy would lease. */
export function knownPorts(spec: ServiceSpec, leased: readonly LeasedSlot[]): LeasedSlot[] {
  return slotsOf(spec).map((slot) => {
    const held = leased.find(({ component, route }) => component === slot.component && route === slot.route);
    return { ...slot, port: held?.port ?? 0 };
  });
}
