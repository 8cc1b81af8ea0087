import { messageWithCauses, ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { createTurns } from '@mcp/daemon/turns';
import type { Route } from '@mcp/proto/routed';
import { withFingerprint } from './certificate-file.ts';
import { refuseForeignRoutes, refuseOthersRoutes } from './conflicts.ts';
import { everyOne } from './every-one.ts';
import type { McProxy } from './mc-proxy.ts';
import { diffRoutes, keyOf, sameRoutes, type ActualRoute, type Changes, type RouteKey } from './routes.ts';
import type { Store } from './store.ts';

/** Makes the proxy like the store, one operation at a time. */
export interface Sync {
  /**
   * Makes the owner's routes exactly `routes`, in the store and in the proxy; repairs them when they
   * are in the store already. Throws already_exists before anything changes; failed_precondition
   * when the proxy refuses and unavailable when it cannot be reached, with the previous routes put
   * back in the store and, as soon as it can be reached, in the proxy.
   */
  apply(owner: string, routes: readonly Route[]): Promise<{ previous: Route[]; changed: boolean }>;
  /** Repairs every route of ours in the proxy and returns what it did. Throws unavailable and failed_precondition. */
  reconcile(): Promise<Route[]>;
}

export function createSync(options: {
  store: Store;
  mcProxy: McProxy;
  log: Logger;
  /** Asks for a `reconcile` soon. */
  repairSoon: () => void;
}): Sync {
  const { store, mcProxy, log, repairSoon } = options;
  const inTurn = createTurns();

  async function apply(owner: string, routes: readonly Route[]) {
    const previous = store.list(owner).map(({ route }) => route);
    if (previous.length === 0 && routes.length === 0) return { previous, changed: false };
    const all = store.list('');
    refuseOthersRoutes(owner, routes, all);
    const actual = await mcProxy.list();
    refuseForeignRoutes({ routes, actual, ours: [...all.map(({ route }) => route), ...store.removals()] });

    store.replace(owner, routes, previous);
    const changes = await changesFor(routes, previous, actual);
    try {
      await makeChanges(changes);
    } catch (error) {
      const added = new Set(actual.map(({ route }) => keyOf(route)));
      await restore(owner, { previous, attempted: routes.filter((route) => !added.has(keyOf(route))) });
      throw error;
    }
    store.forget(previous.filter(isNotIn(routes)));
    return { previous, changed: !isEmpty(changes) || !sameRoutes(previous, routes) };
  }

  /** Puts the previous routes back. What cannot be put back in the proxy now is left to the sync loop. */
  async function restore(
    owner: string,
    { previous, attempted }: { previous: readonly Route[]; attempted: readonly Route[] },
  ): Promise<void> {
    store.replace(owner, previous, attempted);
    try {
      const removals = attempted.filter(isNotIn(previous));
      await makeChanges(await changesFor(previous, removals, await mcProxy.list()));
      store.forget(removals);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      log.warn({ owner, reason: messageWithCauses(error) }, 'previous routes are not back in the proxy yet');
      repairSoon();
    }
  }

  async function changesFor(
    routes: readonly Route[],
    removals: readonly RouteKey[],
    actual: readonly ActualRoute[],
  ): Promise<Changes> {
    return diffRoutes({ desired: await Promise.all(routes.map(withFingerprint)), removals, actual });
  }

  /** Removes only after everything was added: a refused addition must not have cost a route. */
  async function makeChanges({ add, remove }: Changes): Promise<void> {
    await everyOne(add.map((route) => mcProxy.add(route)));
    await everyOne(remove.map((key) => mcProxy.remove(key)));
  }

  async function reconcile(): Promise<Route[]> {
    const actual = await mcProxy.list();
    const removals = store.removals();
    const desired = store.list('').map(({ route }) => route);
    const changes = await changesFor(desired, removals, actual);
    await makeChanges(changes);
    store.forget(removals);
    if (!isEmpty(changes))
      log.info({ added: changes.add.map(keyOf), removed: changes.remove.map(keyOf) }, 'proxy repaired');
    const removed = new Set(changes.remove.map(keyOf));
    return [
      ...changes.add,
      ...actual.filter(({ route }) => removed.has(keyOf(route))).map(({ route }) => route),
    ];
  }

  return {
    apply: (owner, routes) => inTurn(() => apply(owner, routes)),
    reconcile: () => inTurn(reconcile),
  };
}

function isNotIn(routes: readonly Route[]): (key: RouteKey) => boolean {
  const keys = new Set(routes.map(keyOf));
  return (key) => !keys.has(keyOf(key));
}

function isEmpty({ add, remove }: Changes): boolean {
  return add.length === 0 && remove.length === 0;
}
