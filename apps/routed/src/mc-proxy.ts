import { fromPeer, isNotFound, openChannel, type Endpoint } from '@mcp/daemon/client';
import {
  ProxyAdminServiceDefinition,
  RouteMode as ProxyRouteMode,
  type Route as ProxyRoute,
} from '@mcp/proto/mc-proxy';
import type { Duration } from '@mcp/proto/duration';
import { RouteMode, type BackendConnections, type Route } from '@mcp/proto/routed';
import { keyOf, type ActualRoute, type RouteKey } from './routes.ts';

const DEADLINE_MS = 5000;

/**
 * The proxy. Every call ends within 5 s and is safe to repeat. Throws unavailable when the proxy
 * cannot be reached, failed_precondition with its words when it refuses.
 */
export interface McProxy {
  list(): Promise<ActualRoute[]>;
  /** Adds the route or replaces the one with its key; loads its certificate anew. */
  add(route: Route): Promise<void>;
  /** Removes the route; one that is not there is fine. */
  remove(key: RouteKey): Promise<void>;
  /** Makes what is new on the route wait, for at most that long. One that is not there gets nothing to wait. */
  hold(key: RouteKey, hold: Duration): Promise<void>;
  /** Lets what waits on the route go on; a route that is not held, or not there, is fine. */
  resume(key: RouteKey): Promise<void>;
  /** Counts what is open to backends. */
  count(backends: readonly string[]): Promise<BackendConnections[]>;
  close(): void;
}

export function connectMcProxy(endpoint: Endpoint): McProxy {
  const channel = openChannel(endpoint);
  const client = channel.client(ProxyAdminServiceDefinition);
  const peer = `mc-proxy at ${endpoint.address}`;
  const options = { deadline: DEADLINE_MS };

  return {
    async list() {
      const { listeners } = await client.listRoutes({}, options).catch(fromPeer(peer, 'list routes'));
      return listeners.flatMap(({ routes }) => routes.map(toActualRoute));
    },
    async add(route) {
      await client
        .addRoute({ route: toProxyRoute(route) }, options)
        .catch(fromPeer(peer, `add route ${keyOf(route)}`));
    },
    async remove({ hostname, port }) {
      await client
        .removeRoute({ hostname, port }, options)
        .catch(fromPeer(peer, `remove route ${keyOf({ hostname, port })}`));
    },
    async hold(key, hold) {
      const { hostname, port } = key;
      await client
        .holdRoute({ hostname, port, hold }, options)
        .catch(unlessNotFound)
        .catch(fromPeer(peer, `hold route ${keyOf(key)}`));
    },
    async resume(key) {
      const { hostname, port } = key;
      await client
        .resumeRoute({ hostname, port }, options)
        .catch(fromPeer(peer, `resume route ${keyOf(key)}`));
    },
    async count(backends) {
      const answer = await client
        .countConnections({ backends: [...backends] }, options)
        .catch(fromPeer(peer, 'count connections'));
      return answer.backends;
    },
    close: () => channel.close(),
  };
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

function toProxyRoute(route: Route): Partial<ProxyRoute> {
  return { ...route, mode: route.mode === RouteMode.L4 ? ProxyRouteMode.L4 : ProxyRouteMode.L7 };
}

function toActualRoute({ certificateFingerprint, ...route }: ProxyRoute): ActualRoute {
  const mode = route.mode === ProxyRouteMode.L4 ? RouteMode.L4 : RouteMode.L7;
  return { route: { ...route, mode }, fingerprint: certificateFingerprint };
}
