import { createHash } from 'node:crypto';
import { ServiceSpec } from '@mcp/proto/agent';
import type { Slot } from '@mcp/proto/portd';
import { Record as DnsRecord } from '@mcp/proto/dnsd';
import { Route } from '@mcp/proto/routed';

/** A slot with the port it leased. */
export type LeasedSlot = Slot & { port: number };

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
  const { spec, routes, records, ...rest } = JSON.parse(text) as Generation;
  return {
    ...rest,
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
