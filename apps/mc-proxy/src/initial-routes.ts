import { ConfigError } from '@mcp/daemon/config';
import { messageWithCauses, ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { RouteMode, type Route } from '@mcp/proto/mc-proxy';
import { parseCopy, readCertificate } from './certificate.ts';
import type { ListenerConfig } from './config.ts';
import type { Files } from './haproxy-files.ts';
import type { ServedRoute } from './live-state.ts';
import { checkRoute } from './route-check.ts';
import type { Store } from './store.ts';

/**
 * Puts the configuration's routes into a new database, all or none. Later starts leave the
 * database as it is. Throws ConfigError for a route that AddRoute would refuse.
 */
export async function seedRoutes(options: {
  listeners: readonly ListenerConfig[];
  store: Store;
  now: Date;
}): Promise<void> {
  const { listeners, store, now } = options;
  if (!store.isNew()) return;
  const ports = listeners.map(({ port }) => port);
  const routes: Route[] = [];
  for (const listener of listeners) {
    for (const seed of listener.routes) {
      try {
        const route = checkRoute(toRoute(listener.port, seed), ports);
        if (route.mode === RouteMode.L7) await readCertificate({ ...route, now });
        routes.push(route);
      } catch (cause) {
        if (!(cause instanceof ServiceError)) throw cause;
        throw new ConfigError(`listeners: port ${listener.port}: route ${seed.hostname}: ${cause.message}`, {
          cause,
        });
      }
    }
  }
  store.seed(routes, now);
}

function toRoute(port: number, seed: ListenerConfig['routes'][number]): Route {
  return {
    port,
    hostname: seed.hostname,
    mode: seed.mode === 'l4' ? RouteMode.L4 : RouteMode.L7,
    backend: seed.backend,
    backendTls: seed.backend_tls,
    certificatePath: seed.certificate,
    keyPath: seed.key,
    certificateFingerprint: '',
  };
}

/**
 * The stored routes with the certificates they were last served with: the private copies, so that
 * a certificate whose file is gone is still served. A route with neither copy nor usable files is
 * left out and logged; it stays in the database.
 */
export async function loadRoutes(options: {
  store: Store;
  files: Files;
  now: Date;
  log: Logger;
}): Promise<ServedRoute[]> {
  const { store, files, now, log } = options;
  const served: ServedRoute[] = [];
  for (const route of store.list()) {
    if (route.mode === RouteMode.L4) {
      served.push({ route });
      continue;
    }
    try {
      const copy = files.readCertificate(route.port, route.hostname);
      const certificate =
        copy === undefined ? await readCertificate({ ...route, now }) : parseCopy(copy, 'copy');
      served.push({ route, certificate });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { port, hostname } = route;
      log.error(
        { port, hostname, reason: messageWithCauses(error) },
        'route has no certificate and is not served',
      );
    }
  }
  return served;
}
