import { runCommand } from '@mcp/daemon/command';
import { createSyncLoop } from '@mcp/daemon/sync-loop';
import { RecordServiceDefinition } from '@mcp/proto/dnsd';
import { Config } from './config.ts';
import { migrations } from './migrations.ts';
import { createMcnsProvider } from './providers/mcns.ts';
import { canonicalName } from '@mcp/dns/names';
import { access, createRecordService } from './service.ts';
import { createStore } from './store.ts';
import { syncRecords } from './sync.ts';
import { createTurns } from '@mcp/daemon/turns';

await runCommand({
  name: 'mcp-dnsd',
  envPrefix: 'MCP_DNSD',
  schema: Config,
  migrations,
  serve({ config, database, server, daemon, log }) {
    const zones = config.zones.map(({ name, ...at }) => {
      const zone = canonicalName(name);
      const provider = createMcnsProvider(zone, at);
      daemon.onStop(`zone ${zone}`, () => provider.close());
      return { name: zone, provider };
    });
    const parts = { store: createStore(database), zones, log };
    const inTurn = createTurns();
    const loop = createSyncLoop(
      { signal: daemon.signal, log, resyncEveryMs: config.sync.interval_s * 1000 },
      async (signal) => void (await inTurn(() => syncRecords(parts, signal))),
    );
    daemon.run('sync', loop.run);
    const options = { inTurn, defaultTtl: config.records.ttl, onFailure: loop.request };
    server.add(RecordServiceDefinition, createRecordService(parts, options), access);
  },
});
