import type { Connection } from '@mcp/daemon/sqlite';
import type { Lease, Slot } from '@mcp/proto/portd';

interface Row {
  port: number;
  owner: string;
  component: string;
  route: string;
  created_at: number;
}

/** The leases of a node. Each method is one transaction. */
export interface Store {
  /** Leases ordered by owner, component and route; of one owner, or of all when it is empty. */
  list(owner: string): Lease[];
  leasedPorts(): Set<number>;
  /** Makes the owner's leases exactly `leases`. */
  replace(owner: string, leases: readonly (Slot & { port: number })[], now: Date): void;
}

export function createStore(database: Connection): Store {
  const select = database.prepare<[string, string], Row>(
    `SELECT port, owner, component, route, created_at FROM leases
     WHERE owner = ? OR ? = '' ORDER BY owner, component, route`,
  );
  const selectPorts = database.prepare<[], number>('SELECT port FROM leases').pluck();
  const remove = database.prepare<[string, string, string]>(
    'DELETE FROM leases WHERE owner = ? AND component = ? AND route = ?',
  );
  const insert = database.prepare<[number, string, string, string, number]>(
    'INSERT INTO leases (port, owner, component, route, created_at) VALUES (?, ?, ?, ?, ?)',
  );

  return {
    list: (owner) =>
      select
        .all(owner, owner)
        .map(({ created_at, ...lease }) => ({ ...lease, createdAt: new Date(created_at) })),
    leasedPorts: () => new Set(selectPorts.all()),
    replace: database.transaction(
      (owner: string, leases: readonly (Slot & { port: number })[], now: Date) => {
        const wanted = new Map(leases.map((lease) => [slotKey(lease), lease]));
        for (const held of select.all(owner, owner)) {
          if (wanted.get(slotKey(held))?.port === held.port) wanted.delete(slotKey(held));
          else remove.run(owner, held.component, held.route);
        }
        for (const { port, component, route } of wanted.values())
          insert.run(port, owner, component, route, now.getTime());
      },
    ).immediate,
  };
}

/** Identifies a slot within its owner. Names are DNS labels, so the separator cannot be part of one. */
export function slotKey({ component, route }: Slot): string {
  return `${component}/${route}`;
}
