import type { Zone } from '@mcp/proto/mcns';
import { fullName } from '../names.ts';
import type { RecordType } from '@mcp/dns/values';
import type { RecordData } from '../store.ts';

/** The records of one name, by type. Empty for a name that only has names below it. */
export type Node = ReadonlyMap<RecordType, readonly RecordData[]>;

/** A zone as queries see it. */
export interface PublishedZone {
  zone: Zone;
  /** By full name; has the apex and every empty non-terminal (RFC 4592 2.2.2). */
  nodes: ReadonlyMap<string, Node>;
}

/** What queries are answered from: the committed zones, in memory. */
export interface ZoneIndex {
  /** Replaces what is answered for a zone. */
  publish(zone: Zone, records: readonly RecordData[]): void;
  withdraw(zone: string): void;
  /** The zone with the longest name that `name` (full, lower case) is in. */
  find(name: string): PublishedZone | undefined;
}

export function createZoneIndex(): ZoneIndex {
  const zones = new Map<string, PublishedZone>();
  return {
    publish: (zone, records) => void zones.set(zone.name, toPublishedZone(zone, records)),
    withdraw: (zone) => void zones.delete(zone),
    find(name) {
      for (const suffix of suffixes(name)) {
        const zone = zones.get(suffix);
        if (zone) return zone;
      }
      return undefined;
    },
  };
}

function toPublishedZone(zone: Zone, records: readonly RecordData[]): PublishedZone {
  const nodes = new Map<string, Map<RecordType, RecordData[]>>([[zone.name, new Map()]]);
  for (const record of records) {
    const name = fullName(record.name, zone.name);
    for (const ancestor of suffixes(name)) {
      if (nodes.has(ancestor)) break;
      nodes.set(ancestor, new Map());
    }
    const node = nodes.get(name)!;
    node.set(record.type, [...(node.get(record.type) ?? []), record]);
  }
  return { zone, nodes };
}

/** Yields the name itself, then the names above it. */
function* suffixes(name: string): Generator<string> {
  for (let rest = name; ; rest = rest.slice(rest.indexOf('.') + 1)) {
    yield rest;
    if (!rest.includes('.')) return;
  }
}
