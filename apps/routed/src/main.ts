import { runCommand } from '@mcp/daemon/command';
import { createSyncLoop } from '@mcp/daemon/sync-loop';
import { RouteServiceDefinition } from '@mcp/proto/routed';
import { Config } from './config.ts';
import { connectMcProxy } from './mc-proxy.ts';
import { migrations } from './migrations.ts';
import { access, createRouteService } from './service.ts';
import { createStore } from './store.ts';
import { createSync } from './sync.ts';

await runCommand({
  name: 'mcp-routed',
  envPrefix: 'MCP_ROUTED',
  schema: Config,
  migrations,
  serve({ config, log, database, server, daemon }) {
    const store = createStore(database);
    const mcProxy = connectMcProxy(config.mc_proxy);
    daemon.onStop('mc-proxy channel', () => mcProxy.close());
    const sync = createSync({ store, mcProxy, log, repairSoon: () => loop.request() });
    const loop = createSyncLoop(
      { signal: daemon.signal, log, resyncEveryMs: config.sync.interval_s * 1000 },
      async () => void (await sync.reconcile()),
    );
    daemon.run('sync', () => loop.run());
    server.add(RouteServiceDefinition, createRouteService({ store, mcProxy, sync }), access);
  },
});
