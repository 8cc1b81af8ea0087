import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import { requireOwner } from '@mcp/daemon/owner';
import type { PortServiceDefinition, PortServiceImplementation, Slot } from '@mcp/proto/portd';
import type { Leases } from './leases.ts';
import { slotKey, type Store } from './store.ts';

export const access: AccessMap<typeof PortServiceDefinition> = {
  leasePorts: 'operator',
  releasePorts: 'operator',
  listLeases: 'caller',
};

/** The most that SQLite gives back exactly as a number. */
const HIGHEST_GENERATION = BigInt(Number.MAX_SAFE_INTEGER);
const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export function createPortService(store: Store, leases: Leases): PortServiceImplementation<CallerContext> {
  return {
    async leasePorts({ owner, slots }, { caller }) {
      requireOwner(owner, caller);
      requireSlots(slots);
      return { leases: await leases.lease(owner, slots) };
    },
    async releasePorts({ owner }, { caller }) {
      await leases.lease(requireOwner(owner, caller), []);
      return {};
    },
    async listLeases({ owner }) {
      return { leases: store.list(owner) };
    },
  };
}

function requireSlots(slots: readonly Slot[]): void {
  const seen = new Set<string>();
  for (const slot of slots) {
    if (!NAME.test(slot.component)) throw invalidSlot('component', slot, 'must be a DNS label');
    if (slot.route !== '' && !NAME.test(slot.route))
      throw invalidSlot('route', slot, 'must be a DNS label or empty');
    if (slot.generation > HIGHEST_GENERATION)
      throw invalidSlot('generation', slot, `must be at most ${HIGHEST_GENERATION}`);
    if (slot.port > 65_535) throw invalidSlot('port', slot, 'must be 0 or a port');
    if (seen.has(slotKey(slot))) throw invalidSlot('component', slot, 'is named twice');
    seen.add(slotKey(slot));
  }
}

function invalidSlot(field: keyof Slot, slot: Slot, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `slot ${slotKey(slot)}: ${field} ${reason}`, {
    details: { field: `slots.${field}` },
  });
}
