import { ServiceError } from '@mcp/daemon/errors';
import { createTurns } from '@mcp/daemon/turns';
import type { Lease, Slot } from '@mcp/proto/portd';
import { isFree } from './bind-test.ts';
import { candidatePorts } from './candidates.ts';
import type { PortsConfig } from './config.ts';
import { readEphemeralPorts } from './ephemeral-ports.ts';
import { slotKey, type Store } from './store.ts';

/** Hands out ports, one call at a time, so that two callers never get the same one. */
export interface Leases {
  /** Makes the owner's leases exactly `slots`. Throws resource_exhausted. */
  lease(owner: string, slots: readonly Slot[]): Promise<Lease[]>;
}

export function createLeases(store: Store, config: PortsConfig, now: () => Date = () => new Date()): Leases {
  const inTurn = createTurns();

  async function lease(owner: string, slots: readonly Slot[]): Promise<Lease[]> {
    const held = new Map(store.list(owner).map((each) => [slotKey(each), each.port]));
    const taken = store.leasedPorts();
    const leases: (Slot & { port: number })[] = [];
    for (const slot of slots) {
      const lost = slot.port !== 0 && !taken.has(slot.port) ? slot.port : undefined;
      const port = held.get(slotKey(slot)) ?? lost ?? (await findFreePort(taken));
      taken.add(port);
      leases.push({ ...slot, port });
    }
    store.replace(owner, leases, now());
    const stored = new Map(store.list(owner).map((each) => [slotKey(each), each]));
    return slots.map((slot) => stored.get(slotKey(slot))!);
  }

  async function findFreePort(taken: ReadonlySet<number>): Promise<number> {
    for (const port of candidatePorts(config, { taken, ephemeral: readEphemeralPorts() })) {
      if (await isFree(port, config.addresses)) return port;
    }
    throw new ServiceError(
      'resource_exhausted',
      `no free port in ${config.first}-${config.last}: undeploy a service or widen [ports] in portd's configuration`,
    );
  }

  return {
    lease: (owner, slots) => inTurn(() => lease(owner, slots)),
  };
}
