import { runCommand } from '@mcp/daemon/command';
import { PortServiceDefinition } from '@mcp/proto/portd';
import { Config } from './config.ts';
import { createLeases } from './leases.ts';
import { migrations } from './migrations.ts';
import { access, createPortService } from './service.ts';
import { createStore } from './store.ts';

await runCommand({
  name: 'mcp-portd',
  envPrefix: 'MCP_PORTD',
  schema: Config,
  migrations,
  serve({ config, database, server }) {
    const store = createStore(database);
    server.add(PortServiceDefinition, createPortService(store, createLeases(store, config.ports)), access);
  },
});
