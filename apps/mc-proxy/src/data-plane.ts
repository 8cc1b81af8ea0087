import { setTimeout as delay } from 'node:timers/promises';
import { ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { createSyncLoop } from '@mcp/daemon/sync-loop';
import type { Route } from '@mcp/proto/mc-proxy';
import { countOpen, type OpenConnections } from './connections.ts';
import type { GeneratedConfig } from './haproxy-config.ts';
import type { Files } from './haproxy-files.ts';
import type { Layout } from './haproxy-layout.ts';
import type { HaproxyProcess } from './haproxy-process.ts';
import { parseConnections, unlessDown, type HaproxyInfo, type Runtime } from './haproxy-runtime.ts';
import { applyChange, readState } from './haproxy-state.ts';
import type { Holds } from './holds.ts';
import { createTurns } from '@mcp/daemon/turns';
import { changesBetween, desiredState, type LiveState, type ServedRoute } from './live-state.ts';

type RouteKey = Pick<Route, 'port' | 'hostname'>;

/** A HAProxy that dies sooner than this after its start is not started again before. */
const MIN_LIFE_MS = 1000;

/** HAProxy as the thing that serves routes. */
export interface DataPlane {
  /**
   * Makes HAProxy serve exactly these routes: in its files first, then live. A running HAProxy with
   * our configuration is adopted, one with another is replaced, a missing one started.
   * Throws failed_precondition with HAProxy's answer when it refuses, unavailable when it cannot be
   * started; it then still holds what it had, and `serve` with the previous routes puts that right.
   */
  serve(routes: readonly ServedRoute[]): Promise<void>;
  /**
   * Makes new requests and connections of a route wait, for at most `holdMs` from now; again, with
   * a new end. Throws not_found when no such route is served, unavailable like `serve`.
   */
  hold(route: RouteKey, holdMs: number): Promise<void>;
  /** Lets them go on, to the route as it is then. Says whether the route was held. Throws unavailable like `serve`. */
  resume(route: RouteKey): Promise<boolean>;
  /** What is open to each of the targets ("<ip>/<port>"). Throws unavailable. */
  open(targets: readonly string[]): Promise<OpenConnections[]>;
  /** Starts HAProxy again whenever it ends, and repairs what differs, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** What runs, or undefined. */
  info(): Promise<HaproxyInfo | undefined>;
  /** Connections open now, by listener port; empty while HAProxy is down. */
  connections(): Promise<Map<number, number>>;
}

export function createDataPlane(options: {
  ports: readonly number[];
  config: GeneratedConfig;
  layout: Layout;
  files: Files;
  haproxy: HaproxyProcess;
  runtime: Runtime;
  holds: Holds;
  log: Logger;
}): DataPlane {
  const { ports, config, layout, files, haproxy, runtime, holds, log } = options;
  let routes: readonly ServedRoute[] = [];
  /** What HAProxy with this pid has loaded, as far as that is certain. */
  let known: { pid: number; state: LiveState } | undefined;
  let startedAtMs = -MIN_LIFE_MS;
  /** The loop and the RPCs must not change files or HAProxy at once. Holds do not wait for them. */
  const inTurn = createTurns();

  async function ensureRunning(): Promise<HaproxyInfo> {
    const running = await haproxy.find();
    if (running?.description === config.description) return running;
    await delay(Math.max(0, startedAtMs + MIN_LIFE_MS - performance.now()));
    // What waits in a HAProxy that hands over is let go first: nobody could resume it there any more.
    const moved = running && (await unlessDown(holds.endWhere(() => true)));
    const started = await haproxy.start(config);
    startedAtMs = performance.now();
    for (const hold of moved ?? []) await holds.set(hold);
    return started;
  }

  async function sync(): Promise<void> {
    const desired = desiredState(layout, ports, routes);
    const pems = pemsByPath(layout, routes);
    files.write(desired, pems);
    const bringUp = async ({ pid }: HaproxyInfo) => {
      const actual =
        known?.pid === pid
          ? known.state
          : await readState(runtime, { maps: desired.maps.keys(), lists: desired.lists.keys(), pems });
      const changes = changesBetween(actual, desired);
      const mayHoldInVain = known?.pid !== pid || changes.some(({ kind }) => kind === 'remove entry');
      known = undefined;
      for (const change of changes) await applyChange(runtime, change, pems);
      if (mayHoldInVain) await holds.endWhere((route) => !isServed(route));
      known = { pid, state: desired };
    };
    const running = await ensureRunning();
    await bringUp(running).catch(onceMore(async () => await bringUp(await ensureRunning())));
  }

  /** Does what HAProxy must answer for, once more when it had to be started again. */
  async function whenRunning<Result>(task: () => Promise<Result>): Promise<Result> {
    return await task().catch(
      onceMore(async () => {
        await inTurn(sync);
        return await task();
      }),
    );
  }

  function isServed({ port, hostname }: RouteKey): boolean {
    return routes.some(({ route }) => route.port === port && route.hostname === hostname);
  }

  function requireServed(route: RouteKey): void {
    if (isServed(route)) return;
    throw new ServiceError('not_found', `no route ${route.hostname} on listener ${route.port}`, {
      details: { resource: `${route.hostname}:${route.port}` },
    });
  }

  return {
    serve: (wanted) =>
      inTurn(async () => {
        routes = wanted;
        await sync();
      }),
    async hold({ port, hostname }, holdMs) {
      const route = { port, hostname };
      requireServed(route);
      const hold = { ...route, endsAtMs: Date.now() + holdMs };
      await whenRunning(() => holds.set(hold));
      // A removal that came in between has ended the holds of its route before this one was there.
      if (!isServed(route)) await holds.end(route);
      requireServed(route);
    },
    resume: (route) => whenRunning(() => holds.end(route)),
    open: (targets) => countOpen(runtime, targets),
    async run(signal) {
      let watching: Promise<void> | undefined;
      const loop = createSyncLoop({ signal, log }, async () => {
        await inTurn(async () => {
          known = undefined;
          files.forget();
          await sync();
        });
        watching ??= runtime.untilClosed(signal).finally(() => {
          watching = undefined;
          loop.request();
        });
      });
      await loop.run();
    },
    info: () => haproxy.find(),
    async connections() {
      const statistics = await unlessDown(runtime.ask('show stat -1 1 -1'));
      if (statistics === undefined) return new Map();
      const byFrontend = parseConnections(statistics);
      return new Map(ports.map((port) => [port, byFrontend.get(`listen_${port}`) ?? 0]));
    },
  };
}

/** HAProxy can die between two commands; its files have everything, so one more try is enough. */
function onceMore<Result>(again: () => Promise<Result>): (error: unknown) => Promise<Result> {
  return async (error) => {
    if (!(error instanceof ServiceError) || error.code !== 'unavailable') throw error;
    return await again();
  };
}

function pemsByPath(layout: Layout, routes: readonly ServedRoute[]) {
  return new Map(
    routes.flatMap(({ route, certificate }) =>
      certificate ? [[layout.certificate(route.port, route.hostname), certificate] as const] : [],
    ),
  );
}
