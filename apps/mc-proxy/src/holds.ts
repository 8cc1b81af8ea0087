import type { Route } from '@mcp/proto/mc-proxy';
import type { Layout } from './haproxy-layout.ts';
import { parseMap, type Runtime } from './haproxy-runtime.ts';
import { mustAccept } from './haproxy-state.ts';
import { createTurns } from '@mcp/daemon/turns';

type RouteKey = Pick<Route, 'port' | 'hostname'>;

/** A route that is held, and until when. */
export interface Hold extends RouteKey {
  endsAtMs: number;
}

/**
 * The holds of the running HAProxy. They are in its memory and nowhere else, so that a hold ends
 * with the HAProxy that holds. Every method throws unavailable when HAProxy does not answer.
 */
export interface Holds {
  /** Holds a route, or gives its hold another end. */
  set(hold: Hold): Promise<void>;
  /** Ends a hold. Says whether the route was held. */
  end(route: RouteKey): Promise<boolean>;
  /** Ends the holds for which that is said, and those whose end is past, and returns the ones that were still to come. */
  endWhere(ends: (route: RouteKey) => boolean): Promise<Hold[]>;
}

export function createHolds(options: {
  runtime: Runtime;
  layout: Layout;
  ports: readonly number[];
  now?: () => number;
}): Holds {
  const { runtime, layout, ports, now = Date.now } = options;
  const inTurn = createTurns();

  async function read(port: number): Promise<Map<string, number>> {
    const entries = parseMap(await runtime.ask(`show map ${layout.holdsMap(port)}`));
    return new Map([...entries].map(([hostname, endsAtMs]) => [hostname, Number(endsAtMs)]));
  }

  // Whatever the answer: an entry that is not there any more went with its HAProxy.
  async function remove({ port, hostname }: RouteKey): Promise<void> {
    await runtime.ask(`del map ${layout.holdsMap(port)} ${hostname}`);
  }

  return {
    set: ({ port, hostname, endsAtMs }) =>
      inTurn(async () => {
        const verb = (await read(port)).has(hostname) ? 'set' : 'add';
        await mustAccept(runtime, `${verb} map ${layout.holdsMap(port)} ${hostname} ${Math.ceil(endsAtMs)}`);
      }),
    end: (route) =>
      inTurn(async () => {
        if (!ports.includes(route.port)) return false;
        const endsAtMs = (await read(route.port)).get(route.hostname);
        if (endsAtMs === undefined) return false;
        await remove(route);
        return endsAtMs > now();
      }),
    endWhere: (ends) =>
      inTurn(async () => {
        const ended: Hold[] = [];
        for (const port of ports) {
          for (const [hostname, endsAtMs] of await read(port)) {
            const isPast = endsAtMs <= now();
            if (!isPast && !ends({ port, hostname })) continue;
            await remove({ port, hostname });
            if (!isPast) ended.push({ port, hostname, endsAtMs });
          }
        }
        return ended;
      }),
  };
}
