import type { ContainerReading } from './engine.ts';
import type { Door, DoorReading } from './door.ts';
import type { HaproxyReading } from './haproxy.ts';
import type { Registry } from './registry.ts';
import type { Stores } from './stores.ts';

/** Everything that was read of a stack, each from the system itself. */
export interface Readings {
  registry: Registry;
  stores: Stores;
  containers: ContainerReading[];
  /** The engine's id of every image reference that a registered service names. */
  imageIds: ReadonlyMap<string, string>;
  haproxy: HaproxyReading;
  /** Name to content of every file in the certificate folder. */
  certificateFiles: ReadonlyMap<string, string>;
  /** Name to the addresses that the DNS server answers with. */
  addresses: ReadonlyMap<string, readonly string[]>;
  /** Every door that was knocked at. */
  doors: readonly { door: Door; reading: DoorReading }[];
  /** What DNS should answer for a name: the node's addresses. */
  nodeAddresses: readonly string[];
}
