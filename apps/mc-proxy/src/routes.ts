import { messageWithCauses } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import type { Route } from '@mcp/proto/mc-proxy';
import type { DataPlane } from './data-plane.ts';
import { createTurns } from '@mcp/daemon/turns';
import type { ServedRoute } from './live-state.ts';
import type { Store } from './store.ts';

type RouteKey = Pick<Route, 'port' | 'hostname'>;

/** The routes that are served. A change is in the database before it is in the data plane, one at a time. */
export interface Routes {
  /** Ordered by port and hostname, with the fingerprint of what is served. */
  list(): Route[];
  /** Adds or replaces a route and returns it as it is served. Throws what DataPlane.serve throws; nothing has changed then. */
  put(served: ServedRoute): Promise<Route>;
  /** Says whether there was such a route. Throws like `put`. */
  remove(key: RouteKey): Promise<boolean>;
}

export function createRoutes(options: {
  initial: readonly ServedRoute[];
  store: Store;
  dataPlane: DataPlane;
  log: Logger;
}): Routes {
  const { store, dataPlane, log } = options;
  let served = new Map(options.initial.map((each) => [keyOf(each.route), each]));
  const inTurn = createTurns();

  async function change(key: RouteKey, next: ServedRoute | undefined): Promise<void> {
    const previous = served.get(keyOf(key));
    const wanted = new Map(served);
    if (next) wanted.set(keyOf(key), next);
    else wanted.delete(keyOf(key));
    storeRoute(key, next);
    try {
      await dataPlane.serve([...wanted.values()]);
      served = wanted;
    } catch (error) {
      storeRoute(key, previous);
      // The caller must hear why the change failed; the data plane's own loop repeats what fails here.
      await dataPlane.serve([...served.values()]).catch((cause: unknown) => {
        log.warn({ ...key, reason: messageWithCauses(cause) }, 'previous routes are not back yet');
      });
      throw error;
    }
  }

  function storeRoute(key: RouteKey, state: ServedRoute | undefined): void {
    if (state) store.put(state.route);
    else store.remove(key);
  }

  return {
    list: () => [...served.values()].map(describe).sort(byPortAndHostname),
    put: (next) =>
      inTurn(async () => {
        await change(next.route, next);
        return describe(next);
      }),
    remove: (key) =>
      inTurn(async () => {
        if (!served.has(keyOf(key))) return false;
        await change(key, undefined);
        return true;
      }),
  };
}

function keyOf({ port, hostname }: RouteKey): string {
  return `${port}/${hostname}`;
}

function describe({ route, certificate }: ServedRoute): Route {
  return { ...route, certificateFingerprint: certificate?.fingerprint ?? '' };
}

function byPortAndHostname(a: Route, b: Route): number {
  return a.port - b.port || (a.hostname < b.hostname ? -1 : 1);
}
