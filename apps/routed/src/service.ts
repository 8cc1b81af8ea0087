import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import { requireOwner } from '@mcp/daemon/owner';
import type { RouteServiceDefinition, RouteServiceImplementation } from '@mcp/proto/routed';
import { refuseForeignRoutes, refuseOthersRoutes } from './conflicts.ts';
import { describeRoutes } from './listing.ts';
import type { McProxy } from './mc-proxy.ts';
import { everyOne } from './every-one.ts';
import { holdAll } from './hold.ts';
import { checkBackends, checkHold, checkKeys, checkRoutes } from './request.ts';
import { keyOf, type ActualRoute, type RouteKey } from './routes.ts';
import type { Store } from './store.ts';
import type { Sync } from './sync.ts';

export const access: AccessMap<typeof RouteServiceDefinition> = {
  checkRoutes: 'operator',
  applyRoutes: 'operator',
  releaseRoutes: 'operator',
  listRoutes: 'caller',
  reconcile: 'operator',
  holdRoutes: 'operator',
  resumeRoutes: 'operator',
  countConnections: 'caller',
};

export function createRouteService(options: {
  store: Store;
  mcProxy: McProxy;
  sync: Sync;
}): RouteServiceImplementation<CallerContext> {
  const { store, mcProxy, sync } = options;
  const othersRoutes = (owner: string) =>
    store.list('').flatMap((each) => (each.owner === owner ? [] : [each.route]));

  /** Throws not_found for a route that is not the owner's. */
  function requireOwn(owner: string, keys: readonly RouteKey[]): void {
    const own = new Set(store.list(owner).map(({ route }) => keyOf(route)));
    const missing = keys.find((key) => !own.has(keyOf(key)));
    if (!missing) return;
    throw new ServiceError('not_found', `route ${keyOf(missing)} is none of ${owner}`, {
      details: { owner, resource: keyOf(missing) },
    });
  }

  const ourKeys = () => [...store.list('').map(({ route }) => route), ...store.removals()];

  return {
    async checkRoutes({ owner, routes }, { caller }) {
      requireOwner(owner, caller);
      const wanted = checkRoutes(routes, 'planned');
      refuseOthersRoutes(owner, wanted, store.list(''));
      refuseForeignRoutes({ routes: wanted, actual: (await listActual(mcProxy)) ?? [], ours: ourKeys() });
      return {};
    },
    async applyRoutes({ owner, routes }, { caller }) {
      requireOwner(owner, caller);
      return await sync.apply(owner, checkRoutes(routes, 'applied'));
    },
    async releaseRoutes({ owner }, { caller }) {
      const { previous } = await sync.apply(requireOwner(owner, caller), []);
      return { previous };
    },
    async listRoutes({ owner }) {
      const actual = await listActual(mcProxy);
      const routes = await describeRoutes({ desired: store.list(owner), actual, ours: ourKeys() });
      return { routes: owner === '' ? routes : routes.filter((each) => each.owner === owner) };
    },
    async holdRoutes({ owner, routes, hold }, { caller }) {
      requireOwner(owner, caller);
      const keys = checkKeys(routes);
      await holdAll({ mcProxy, keys, hold: checkHold(hold), requireOwn: () => requireOwn(owner, keys) });
      return {};
    },
    async resumeRoutes({ owner, routes }, { caller }) {
      // Only what nobody else has: a route that the owner gave up meanwhile is nobody's, and not held.
      const others = new Set(othersRoutes(requireOwner(owner, caller)).map(keyOf));
      const keys = checkKeys(routes).filter((key) => !others.has(keyOf(key)));
      await everyOne(keys.map((key) => mcProxy.resume(key)));
      return {};
    },
    async countConnections({ backends }) {
      return { backends: await mcProxy.count(checkBackends(backends)) };
    },
    async reconcile() {
      return { repaired: await sync.reconcile() };
    },
  };
}

/** The proxy's routes, or undefined when it cannot be reached. */
async function listActual(mcProxy: McProxy): Promise<ActualRoute[] | undefined> {
  return await mcProxy.list().catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'unavailable') return undefined;
    throw error;
  });
}
