import type { Connection } from '@mcp/daemon/sqlite';
import { RouteMode, type Route } from '@mcp/proto/routed';
import { keyOf, type RouteKey } from './routes.ts';

interface Row {
  hostname: string;
  port: number;
  owner: string;
  mode: 'l4' | 'l7';
  backend: string;
  backend_tls: 0 | 1;
  certificate_path: string;
  key_path: string;
}

/** A desired route and who wants it. */
export interface OwnedRoute {
  owner: string;
  route: Route;
}

/** The desired routes of every owner. Each method is one transaction. */
export interface Store {
  /** Desired routes ordered by hostname and port; of one owner, or of all when it is empty. */
  list(owner: string): OwnedRoute[];
  /**
   * Makes the owner's routes exactly `routes`, and remembers `removals` until they are forgotten.
   * Throws SQLITE_CONSTRAINT_PRIMARYKEY when another owner has one of them.
   */
  replace(owner: string, routes: readonly Route[], removals: readonly RouteKey[]): void;
  /** Routes that were ours and that the proxy may still have. */
  removals(): RouteKey[];
  /** Forgets removals that were made. */
  forget(removals: readonly RouteKey[]): void;
}

export function createStore(database: Connection): Store {
  const select = database.prepare<[string, string], Row>(
    `SELECT hostname, port, owner, mode, backend, backend_tls, certificate_path, key_path
     FROM routes WHERE owner = ? OR ? = '' ORDER BY hostname, port`,
  );
  const remove = database.prepare<[string, number]>('DELETE FROM routes WHERE hostname = ? AND port = ?');
  const insert = database.prepare<Row>(
    `INSERT INTO routes (hostname, port, owner, mode, backend, backend_tls, certificate_path, key_path)
     VALUES (@hostname, @port, @owner, @mode, @backend, @backend_tls, @certificate_path, @key_path)`,
  );
  const selectRemovals = database.prepare<[], RouteKey>(
    'SELECT hostname, port FROM removals ORDER BY hostname, port',
  );
  const remember = database.prepare<[string, number]>(
    'INSERT INTO removals (hostname, port) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const forget = database.prepare<[string, number]>('DELETE FROM removals WHERE hostname = ? AND port = ?');

  return {
    list: (owner) => select.all(owner, owner).map(toOwnedRoute),
    replace: database.transaction(
      (owner: string, routes: readonly Route[], removals: readonly RouteKey[]) => {
        for (const { hostname, port } of select.all(owner, owner)) remove.run(hostname, port);
        for (const route of routes) {
          insert.run(toRow(owner, route));
          forget.run(route.hostname, route.port);
        }
        const wanted = new Set(routes.map(keyOf));
        for (const each of removals) if (!wanted.has(keyOf(each))) remember.run(each.hostname, each.port);
      },
    ).immediate,
    removals: () => selectRemovals.all(),
    forget: database.transaction((removals: readonly RouteKey[]) => {
      for (const { hostname, port } of removals) forget.run(hostname, port);
    }).immediate,
  };
}

function toRow(owner: string, route: Route): Row {
  return {
    hostname: route.hostname,
    port: route.port,
    owner,
    mode: route.mode === RouteMode.L4 ? 'l4' : 'l7',
    backend: route.backend,
    backend_tls: route.backendTls ? 1 : 0,
    certificate_path: route.certificatePath,
    key_path: route.keyPath,
  };
}

function toOwnedRoute(row: Row): OwnedRoute {
  return {
    owner: row.owner,
    route: {
      hostname: row.hostname,
      port: row.port,
      mode: row.mode === 'l4' ? RouteMode.L4 : RouteMode.L7,
      backend: row.backend,
      backendTls: row.backend_tls === 1,
      certificatePath: row.certificate_path,
      keyPath: row.key_path,
    },
  };
}
