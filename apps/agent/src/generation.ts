import { createHash } from 'node:crypto';
import { ServiceSpec } from '@mcp/proto/agent';
import { Record as DnsRecord } from '@mcp/proto/dnsd';
import { Route } from '@mcp/proto/routed';

/** A port slot within a service: see mcp.portd.v1.Slot. A number here, so that it goes into JSON. */
export interface PortSlot {
  component: string;
  route: string;
  generation: number;
}

/** A slot with the port it leased. */
export type LeasedSlot = PortSlot & { port: number };

/** Everything one deploy made of a service: enough to put it back. Immutable. */
export interface Generation {
  number: number;
  spec: ServiceSpec;
  ports: LeasedSlot[];
  /** Hostnames with a certificate. */
  hostnames: string[];
  routes: Route[];
  records: DnsRecord[];
  /** Container name of each component; it may stem from an earlier generation when nothing changed. */
  containers: { component: string; name: string; specHash: string }[];
  /** The engine's id of every image reference of the spec: what start, repair and rollback run again. */
  imageIds: Record<string, string>;
}

export function generationToJson(generation: Generation): string {
  const { spec, routes, records, ...rest } = generation;
  return JSON.stringify({
    ...rest,
    spec: ServiceSpec.toJSON(spec),
    routes: routes.map(Route.toJSON),
    records: records.map(DnsRecord.toJSON),
  });
}

export function generationFromJson(text: string): Generation {
  const { spec, routes, records, ports, imageIds, ...rest } = JSON.parse(text) as Generation;
  return {
    ...rest,
    // Generations of the first release have neither image ids nor generations of ports.
    ports: ports.map((slot) => ({ ...slot, generation: slot.generation ?? 0 })),
    imageIds: imageIds ?? {},
    spec: ServiceSpec.fromJSON(spec),
    routes: routes.map(Route.fromJSON),
    records: records.map(DnsRecord.fromJSON),
  };
}

/** True when both ask for the same. */
export function isSameSpec(first: ServiceSpec, second: ServiceSpec): boolean {
  return JSON.stringify(ServiceSpec.toJSON(first)) === JSON.stringify(ServiceSpec.toJSON(second));
}

/** A short fingerprint of anything that goes into JSON. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

/** The container that a component has in a generation. Throws when it has none, which is a bug. */
export function containerOf({ containers }: Generation, component: string): { name: string } {
  const container = containers.find((each) => each.component === component);
  if (!container) throw new Error(`the generation has no container for ${component}`);
  return container;
}
