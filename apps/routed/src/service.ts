import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import { requireOwner } from '@mcp/daemon/owner';
import type { RouteServiceDefinition, RouteServiceImplementation } from '@mcp/proto/routed';
import { refuseForeignRoutes, refuseOthersRoutes } from './conflicts.ts';
import { describeRoutes } from './listing.ts';
import type { McProxy } from './mc-proxy.ts';
import { checkRoutes } from './request.ts';
import type { ActualRoute } from './routes.ts';
import type { Store } from './store.ts';
import type { Sync } from './sync.ts';

export const access: AccessMap<typeof RouteServiceDefinition> = {
  checkRoutes: 'operator',
  applyRoutes: 'operator',
  releaseRoutes: 'operator',
  listRoutes: 'caller',
  reconcile: 'operator',
};

export function createRouteService(options: {
  store: Store;
  mcProxy: McProxy;
  sync: Sync;
}): RouteServiceImplementation<CallerContext> {
  const { store, mcProxy, sync } = options;
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
