import { createSyncLoop } from '@mcp/daemon/sync-loop';
import { openDatabase } from '@mcp/daemon/sqlite';
import { RouteMode, RouteServiceDefinition, type Route } from '@mcp/proto/routed';
import { startServer } from '@mcp/daemon/test-server';
import { onTestFinished } from 'vitest';
import { startFakeMcProxy, type FakeMcProxy } from './fake-mc-proxy.ts';
import { connectMcProxy } from './mc-proxy.ts';
import { migrations } from './migrations.ts';
import { access, createRouteService } from './service.ts';
import { createStore } from './store.ts';
import { createSync } from './sync.ts';

/** Routed over a fake mc-proxy; its sync loop runs only once `startLoop` is called. */
export async function startRouted(given?: FakeMcProxy) {
  const proxy = given ?? (await startFakeMcProxy());
  const database = openDatabase(':memory:', migrations);
  onTestFinished(() => void database.close());
  const store = createStore(database);
  const mcProxy = connectMcProxy({ address: proxy.address });
  onTestFinished(() => mcProxy.close());
  const repairs: string[] = [];
  const stop = new AbortController();
  let startLoop: () => void = () => undefined;
  const { channel } = await startServer((server, log) => {
    const sync = createSync({
      store,
      mcProxy,
      log,
      repairSoon: () => {
        repairs.push('asked');
        loop.request();
      },
    });
    const loop = createSyncLoop({ signal: stop.signal, log }, async () => void (await sync.reconcile()));
    startLoop = () => {
      const running = loop.run();
      onTestFinished(async () => {
        stop.abort();
        await running;
      });
    };
    server.add(RouteServiceDefinition, createRouteService({ store, mcProxy, sync }), access);
  });
  return { routed: channel.client(RouteServiceDefinition), proxy, store, repairs, startLoop };
}

export function l4(hostname: string, backendPort: number, more: Partial<Route> = {}): Route {
  return {
    hostname,
    port: 8443,
    mode: RouteMode.L4,
    backend: `127.0.0.1:${backendPort}`,
    backendTls: false,
    certificatePath: '',
    keyPath: '',
    ...more,
  };
}

export function l7(hostname: string, backendPort: number, more: Partial<Route> = {}): Route {
  return l4(hostname, backendPort, {
    port: 443,
    mode: RouteMode.L7,
    certificatePath: `/certs/${hostname}.pem`,
    keyPath: `/certs/${hostname}.key`,
    ...more,
  });
}
