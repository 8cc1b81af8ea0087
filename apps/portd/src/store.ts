import type { Connection } from '@mcp/daemon/sqlite';
import type { Lease, Slot } from '@mcp/proto/portd';

interface Row {
  port: number;
  owner: string;
  component: string;
  route: string;
  generation: number;
  created_at: number;
}

/** The leases of a node. Each method is one transaction. */
export interface Store {
  /** Leases ordered by owner, component, route and generation; of one owner, or of all when it is empty. */
  list(owner: string): Lease[];
  leasedPorts(): Set<number>;
  /** Makes the owner's leases exactly `leases`. */
  replace(owner: string, leases: readonly (Slot & { port: number })[], now: Date): void;
}

export function createStore(database: Connection): Store {
  const select = database.prepare<[string, string], Row>(
    `SELECT port, owner, component, route, generation, created_at FROM leases
     WHERE owner = ? OR ? = '' ORDER BY owner, component, route, generation`,
  );
  const selectPorts = database.prepare<[], number>('SELECT port FROM leases').pluck();
  const remove = database.prepare<[string, string, string, bigint]>(
    'DELETE FROM leases WHERE owner = ? AND component = ? AND route = ? AND generation = ?',
  );
  const insert = database.prepare<[number, string, string, string, bigint, number]>(
    'INSERT INTO leases (port, owner, component, route, generation, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const list = (owner: string): Lease[] =>
    select.all(owner, owner).map(({ generation, created_at, ...lease }) => ({
      ...lease,
      generation: BigInt(generation),
      createdAt: new Date(created_at),
    }));

  return {
    list,
    leasedPorts: () => new Set(selectPorts.all()),
    replace: database.transaction(
      (owner: string, leases: readonly (Slot & { port: number })[], now: Date) => {
        const wanted = new Map(leases.map((lease) => [slotKey(lease), lease]));
        for (const held of list(owner)) {
          if (wanted.get(slotKey(held))?.port === held.port) wanted.delete(slotKey(held));
          else remove.run(owner, held.component, held.route, held.generation);
        }
        for (const { port, component, route, generation } of wanted.values())
          insert.run(port, owner, component, route, generation, now.getTime());
      },
    ).immediate,
  };
}

/** Identifies a slot within its owner. Names are DNS labels, so no separator can be part of one. */
export function slotKey({ component, route, generation }: Slot): string {
  return `${component}/${route}@${generation}`;
}
