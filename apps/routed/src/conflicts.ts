import { ServiceError } from '@mcp/daemon/errors';
import { RouteMode, type Route } from '@mcp/proto/routed';
import { keyOf, sameRoute, type ActualRoute, type RouteKey } from './routes.ts';
import type { OwnedRoute } from './store.ts';

/** Throws already_exists, naming the owner, when one of the routes belongs to another. */
export function refuseOthersRoutes(
  owner: string,
  routes: readonly Route[],
  owned: readonly OwnedRoute[],
): void {
  const ownerOf = new Map(owned.map((each) => [keyOf(each.route), each.owner]));
  for (const route of routes) {
    const other = ownerOf.get(keyOf(route));
    if (other === undefined || other === owner) continue;
    throw new ServiceError(
      'already_exists',
      `route ${keyOf(route)} belongs to ${other}: choose another hostname, or undeploy that service`,
      { details: { owner: other, resource: keyOf(route) } },
    );
  }
}

/**
 * Throws already_exists when the proxy has one of the routes, other than wanted, and it is nobody's
 * here: neither desired nor still to be removed. One that is just as wanted may be taken over.
 */
export function refuseForeignRoutes(options: {
  routes: readonly Route[];
  actual: readonly ActualRoute[];
  ours: readonly RouteKey[];
}): void {
  const ours = new Set(options.ours.map(keyOf));
  const actual = new Map(options.actual.map(({ route }) => [keyOf(route), route]));
  for (const route of options.routes) {
    const foreign = actual.get(keyOf(route));
    if (!foreign || ours.has(keyOf(route)) || couldBe(route, foreign)) continue;
    const { hostname, port, mode, backend } = foreign;
    throw new ServiceError(
      'already_exists',
      `route ${keyOf(route)} is in mc-proxy already (${mode === RouteMode.L4 ? 'l4' : 'l7'} to ${backend}) and belongs to no service: ` +
        `it was added by hand or by mc-proxy's configuration; to give it up, call ` +
        `mc_proxy.v1.ProxyAdminService/RemoveRoute with port ${port} and hostname ${hostname}`,
      { details: { resource: keyOf(route) } },
    );
  }
}

/** A check comes before certificates are there: empty paths may become any. */
function couldBe(wanted: Route, foreign: Route): boolean {
  return sameRoute(
    {
      ...wanted,
      certificatePath: wanted.certificatePath || foreign.certificatePath,
      keyPath: wanted.keyPath || foreign.keyPath,
    },
    foreign,
  );
}
