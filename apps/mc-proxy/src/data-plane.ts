import { setTimeout as delay } from 'node:timers/promises';
import { ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { createSyncLoop } from '@mcp/daemon/sync-loop';
import type { GeneratedConfig } from './haproxy-config.ts';
import type { Files } from './haproxy-files.ts';
import type { Layout } from './haproxy-layout.ts';
import type { HaproxyProcess } from './haproxy-process.ts';
import { parseConnections, unlessDown, type HaproxyInfo, type Runtime } from './haproxy-runtime.ts';
import { applyChange, readState } from './haproxy-state.ts';
import { changesBetween, desiredState, type LiveState, type ServedRoute } from './live-state.ts';

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
  log: Logger;
}): DataPlane {
  const { ports, config, layout, files, haproxy, runtime, log } = options;
  let routes: readonly ServedRoute[] = [];
  /** What HAProxy with this pid has loaded, as far as that is certain. */
  let known: { pid: number; state: LiveState } | undefined;
  let startedAtMs = -MIN_LIFE_MS;
  let last: Promise<unknown> = Promise.resolve();

  /** Runs one task after the other: the loop and the RPCs must not change files or HAProxy at once. */
  function inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  }

  async function ensureRunning(): Promise<HaproxyInfo> {
    const running = await haproxy.find();
    if (running?.description === config.description) return running;
    await delay(Math.max(0, startedAtMs + MIN_LIFE_MS - performance.now()));
    const started = await haproxy.start(config);
    startedAtMs = performance.now();
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
      known = undefined;
      for (const change of changesBetween(actual, desired)) await applyChange(runtime, change, pems);
      known = { pid, state: desired };
    };
    const running = await ensureRunning();
    // HAProxy can die between two commands; its files have everything, so one more try is enough.
    await bringUp(running).catch(async (error: unknown) => {
      if (!(error instanceof ServiceError) || error.code !== 'unavailable') throw error;
      await bringUp(await ensureRunning());
    });
  }

  return {
    serve: (wanted) =>
      inTurn(async () => {
        routes = wanted;
        await sync();
      }),
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

function pemsByPath(layout: Layout, routes: readonly ServedRoute[]) {
  return new Map(
    routes.flatMap(({ route, certificate }) =>
      certificate ? [[layout.certificate(route.port, route.hostname), certificate] as const] : [],
    ),
  );
}
