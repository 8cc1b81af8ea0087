import type { Connection } from '@mcp/daemon/sqlite';
import { RouteMode, type Route } from '@mcp/proto/mc-proxy';

interface Row {
  port: number;
  hostname: string;
  mode: 'l4' | 'l7';
  backend: string;
  backend_tls: 0 | 1;
  certificate_path: string;
  key_path: string;
}

/** The routes of the proxy. Each method is one transaction. */
export interface Store {
  /** Every route, ordered by port and hostname; fingerprints are empty here. */
  list(): Route[];
  /** Adds the route or replaces the one with its port and hostname. */
  put(route: Route): void;
  remove(route: Pick<Route, 'port' | 'hostname'>): void;
  /** True until `seed` was called once, also when every route was removed since. */
  isNew(): boolean;
  /** Puts the first routes in and remembers that this was done. */
  seed(routes: readonly Route[], now: Date): void;
}

export function createStore(database: Connection): Store {
  const select = database.prepare<[], Row>(
    `SELECT port, hostname, mode, backend, backend_tls, certificate_path, key_path
     FROM routes ORDER BY port, hostname`,
  );
  const upsert = database.prepare<Row>(
    `INSERT INTO routes (port, hostname, mode, backend, backend_tls, certificate_path, key_path)
     VALUES (@port, @hostname, @mode, @backend, @backend_tls, @certificate_path, @key_path)
     ON CONFLICT (port, hostname) DO UPDATE SET mode = excluded.mode, backend = excluded.backend,
       backend_tls = excluded.backend_tls, certificate_path = excluded.certificate_path,
       key_path = excluded.key_path`,
  );
  const remove = database.prepare<[number, string]>('DELETE FROM routes WHERE port = ? AND hostname = ?');
  const isNew = database
    .prepare<[], number>('SELECT NOT EXISTS (SELECT 1 FROM seeds) AND NOT EXISTS (SELECT 1 FROM routes)')
    .pluck();
  const markSeeded = database.prepare<[number]>('INSERT INTO seeds (seeded_at) VALUES (?)');

  return {
    list: () => select.all().map(toRoute),
    put: (route) => void upsert.run(toRow(route)),
    remove: ({ port, hostname }) => void remove.run(port, hostname),
    isNew: () => isNew.get() === 1,
    seed: database.transaction((routes: readonly Route[], now: Date) => {
      for (const route of routes) upsert.run(toRow(route));
      markSeeded.run(now.getTime());
    }).immediate,
  };
}

function toRow(route: Route): Row {
  return {
    port: route.port,
    hostname: route.hostname,
    mode: route.mode === RouteMode.L4 ? 'l4' : 'l7',
    backend: route.backend,
    backend_tls: route.backendTls ? 1 : 0,
    certificate_path: route.certificatePath,
    key_path: route.keyPath,
  };
}

function toRoute(row: Row): Route {
  return {
    port: row.port,
    hostname: row.hostname,
    mode: row.mode === 'l4' ? RouteMode.L4 : RouteMode.L7,
    backend: row.backend,
    backendTls: row.backend_tls === 1,
    certificatePath: row.certificate_path,
    keyPath: row.key_path,
    certificateFingerprint: '',
  };
}
