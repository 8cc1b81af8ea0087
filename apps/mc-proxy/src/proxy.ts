import type { Logger } from '@mcp/daemon/logging';
import type { Connection } from '@mcp/daemon/sqlite';
import type { ProxyConfig } from './config.ts';
import { createDataPlane, type DataPlane } from './data-plane.ts';
import { generateConfig } from './haproxy-config.ts';
import { createFiles } from './haproxy-files.ts';
import { createLayout } from './haproxy-layout.ts';
import { createHaproxyProcess } from './haproxy-process.ts';
import { createRuntime } from './haproxy-runtime.ts';
import { createHolds } from './holds.ts';
import { loadRoutes, seedRoutes } from './initial-routes.ts';
import { createRoutes, type Routes } from './routes.ts';
import { createStore } from './store.ts';

/** A proxy that serves its stored routes. */
export interface Proxy {
  routes: Routes;
  dataPlane: DataPlane;
  /** Ends HAProxy with its connections. */
  stopHaproxy(): Promise<void>;
}

/** Seeds a new database, then serves its routes: adopts the running HAProxy or starts one. */
export async function startProxy(options: {
  config: Pick<ProxyConfig, 'haproxy' | 'listeners'>;
  database: Connection;
  log: Logger;
}): Promise<Proxy> {
  const { database, log } = options;
  const { haproxy: settings, listeners } = options.config;
  const layout = createLayout(settings.directory);
  const files = createFiles(layout);
  const runtime = createRuntime(layout.adminSocket);
  const haproxy = createHaproxyProcess({ binary: settings.binary, layout, runtime, log });
  const config = generateConfig({ layout, listeners, holdMs: settings.hold_ms });
  const ports = listeners.map(({ port }) => port);
  const holds = createHolds({ runtime, layout, ports });
  const dataPlane = createDataPlane({ ports, config, layout, files, haproxy, runtime, holds, log });
  const store = createStore(database);

  files.prepare();
  files.writeConfig(config, ports);
  const now = new Date();
  await seedRoutes({ listeners, store, now });
  const initial = await loadRoutes({ store, files, now, log });
  await dataPlane.serve(initial);
  return {
    routes: createRoutes({ initial, store, dataPlane, log }),
    dataPlane,
    stopHaproxy: () => haproxy.stop(),
  };
}
