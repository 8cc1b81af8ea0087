import { isIPv6 } from 'node:net';
import { joinHostPort } from '@mcp/daemon/address';
import type { ComponentSpec, RouteSpec, ServiceSpec } from '@mcp/proto/agent';
import { RecordType, type Record as DnsRecord } from '@mcp/proto/dnsd';
import { RouteMode, type Route } from '@mcp/proto/routed';
import type { LeasedSlot, PortSlot } from './generation.ts';

/** A route with the component it belongs to. */
export interface ComponentRoute {
  component: string;
  route: RouteSpec;
}

/** Every route of the service, in the order of the definition. */
export function routesOf(spec: ServiceSpec): ComponentRoute[] {
  return spec.components.flatMap(({ name, routes }) => routes.map((route) => ({ component: name, route })));
}

/** Tells slots of a service apart. Names are DNS labels, so the separator cannot be part of one. */
export function slotKey({ component, route, generation }: PortSlot): string {
  return `${component}/${route}/${generation}`;
}

/** The slots of both, each once, with their port where they are leased. */
export function unionOfSlots(
  leased: readonly LeasedSlot[],
  wanted: readonly PortSlot[],
): (PortSlot | LeasedSlot)[] {
  const held = new Set(leased.map(slotKey));
  return [...leased, ...wanted.filter((slot) => !held.has(slotKey(slot)))];
}

/** Those of `leased` that are for one of `slots`. */
export function leasesOf(leased: readonly LeasedSlot[], slots: readonly PortSlot[]): LeasedSlot[] {
  const wanted = new Set(slots.map(slotKey));
  return leased.filter((slot) => wanted.has(slotKey(slot)));
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

/** The slot leased for a route, of `ports` that have one per route. Throws when there is none, which is a bug. */
export function slotOf(ports: readonly LeasedSlot[], component: string, route: string): LeasedSlot {
  const slot = ports.find((leased) => leased.component === component && leased.route === route);
  if (!slot) throw new Error(`no port is leased for ${component}/${route}`);
  return slot;
}

/** The port leased for a route, like slotOf. */
export function portOf(ports: readonly LeasedSlot[], component: string, route: string): number {
  return slotOf(ports, component, route).port;
}

/** Where the proxy reaches the ports of a component, "<host>:<port>" each. */
export function backendsOf(
  ports: readonly LeasedSlot[],
  component: string,
  backendAddress: string,
): string[] {
  return ports
    .filter((slot) => slot.component === component)
    .map(({ port }) => joinHostPort(backendAddress, port));
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

/**
 * Components in the order in which they start: each level only after the one before is healthy. Those in
 * `moved` get new ports, which the environment of the others names: these start after them, unless that
 * contradicts depends_on.
 */
export function startLevels(
  components: readonly ComponentSpec[],
  moved: ReadonlySet<string> = new Set(),
): ComponentSpec[][] {
  const needs = (name: string): string[] => components.find((each) => each.name === name)?.dependsOn ?? [];
  const dependsOn = (name: string, other: string): boolean =>
    needs(name).some((each) => each === other || dependsOn(each, other));
  const comesAfter = ({ name }: ComponentSpec): string[] => [
    ...needs(name),
    ...(moved.has(name) ? [] : [...moved].filter((each) => !dependsOn(each, name))),
  ];
  const levels: ComponentSpec[][] = [];
  const started = new Set<string>();
  let waiting = [...components];
  while (waiting.length > 0) {
    const level = waiting.filter((component) => comesAfter(component).every((name) => started.has(name)));
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
