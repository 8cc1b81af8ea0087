import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import { version } from '@mcp/daemon/version';
import {
  RouteMode,
  type ProxyAdminServiceDefinition,
  type ProxyAdminServiceImplementation,
} from '@mcp/proto/mc-proxy';
import { readCertificate } from './certificate.ts';
import type { ListenerConfig } from './config.ts';
import type { DataPlane } from './data-plane.ts';
import { checkHold } from './hold-check.ts';
import { targetOf } from './live-state.ts';
import { checkHostname, checkRoute } from './route-check.ts';
import type { Routes } from './routes.ts';

export const access: AccessMap<typeof ProxyAdminServiceDefinition> = {
  addRoute: 'operator',
  removeRoute: 'operator',
  listRoutes: 'caller',
  holdRoute: 'operator',
  resumeRoute: 'operator',
  countConnections: 'caller',
  getStatus: 'caller',
};

export function createProxyAdminService(options: {
  listeners: readonly Pick<ListenerConfig, 'port' | 'address'>[];
  routes: Routes;
  dataPlane: DataPlane;
  startedAt: Date;
  now?: () => Date;
}): ProxyAdminServiceImplementation<CallerContext> {
  const { routes, dataPlane, startedAt, now = () => new Date() } = options;
  const listeners = options.listeners.toSorted((a, b) => a.port - b.port);
  const ports = listeners.map(({ port }) => port);

  return {
    async addRoute(request) {
      const route = checkRoute(request.route, ports);
      if (route.mode === RouteMode.L4) return { route: await routes.put({ route }) };
      const certificate = await readCertificate({ ...route, now: now() });
      return { route: await routes.put({ route, certificate }) };
    },
    async removeRoute({ port, hostname }) {
      return { removed: await routes.remove({ port, hostname: checkHostname(hostname, 'hostname') }) };
    },
    async listRoutes({ port }) {
      const connections = await dataPlane.connections();
      const all = routes.list();
      return {
        listeners: listeners
          .filter((listener) => port === 0 || listener.port === port)
          .map((listener) => ({
            port: listener.port,
            address: listener.address,
            routes: all.filter((route) => route.port === listener.port),
            activeConnections: connections.get(listener.port) ?? 0,
          })),
      };
    },
    async holdRoute({ port, hostname, hold }) {
      const holdMs = checkHold(hold);
      await dataPlane.hold({ port, hostname: checkHostname(hostname, 'hostname') }, holdMs);
      return {};
    },
    async resumeRoute({ port, hostname }) {
      return { resumed: await dataPlane.resume({ port, hostname: checkHostname(hostname, 'hostname') }) };
    },
    async countConnections({ backends }) {
      const open = await dataPlane.open(backends.map((backend) => targetOf(backend, 'backends')));
      return { backends: backends.map((backend, index) => ({ backend, ...open[index] })) };
    },
    async getStatus() {
      const [running, connections] = await Promise.all([dataPlane.info(), dataPlane.connections()]);
      const all = routes.list();
      return {
        version,
        startedAt,
        dataPlaneVersion: running?.version ?? '',
        ...(running ? { dataPlaneStartedAt: running.startedAt } : {}),
        listeners: listeners.map(({ port, address }) => ({
          port,
          address,
          routeCount: all.filter((route) => route.port === port).length,
          activeConnections: connections.get(port) ?? 0,
        })),
      };
    },
  };
}
