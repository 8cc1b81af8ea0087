import { RouteState, type RouteStatus } from '@mcp/proto/routed';
import { withFingerprint } from './certificate-file.ts';
import { keyOf, stateOf, type ActualRoute, type RouteKey } from './routes.ts';
import type { OwnedRoute } from './store.ts';

/**
 * Desired routes with their state, and those in the proxy that are nobody's here, ordered by
 * hostname and port. `actual` is undefined when the proxy could not be asked.
 */
export async function describeRoutes(options: {
  desired: readonly OwnedRoute[];
  actual: readonly ActualRoute[] | undefined;
  /** Routes of ours in the proxy, or on their way out of it. */
  ours: readonly RouteKey[];
}): Promise<RouteStatus[]> {
  const { desired, actual = [] } = options;
  const byKey = new Map(actual.map((each) => [keyOf(each.route), each]));
  const owned = desired.map(async ({ owner, route }) => ({
    route,
    owner,
    state: options.actual
      ? stateOf(await withFingerprint(route), byKey.get(keyOf(route)))
      : RouteState.UNKNOWN,
  }));
  const ours = new Set(options.ours.map(keyOf));
  const foreign = actual
    .filter(({ route }) => !ours.has(keyOf(route)))
    .map(({ route }) => ({ route, owner: '', state: RouteState.FOREIGN }));
  return [...(await Promise.all(owned)), ...foreign].sort((a, b) => byHostnameAndPort(a.route!, b.route!));
}

function byHostnameAndPort(a: RouteKey, b: RouteKey): number {
  if (a.hostname !== b.hostname) return a.hostname < b.hostname ? -1 : 1;
  return a.port - b.port;
}
