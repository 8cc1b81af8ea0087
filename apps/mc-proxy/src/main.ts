import { runCommand } from '@mcp/daemon/command';
import { ProxyAdminServiceDefinition } from '@mcp/proto/mc-proxy';
import { Config } from './config.ts';
import { migrations } from './migrations.ts';
import { startProxy } from './proxy.ts';
import { access, createProxyAdminService } from './service.ts';

await runCommand({
  name: 'mc-proxy',
  envPrefix: 'MC_PROXY',
  schema: Config,
  migrations,
  async serve({ config, log, database, server, daemon }) {
    const startedAt = new Date();
    const { routes, dataPlane, stopHaproxy } = await startProxy({ config, database, log });
    if (config.haproxy.on_stop === 'stop') daemon.onStop('haproxy', stopHaproxy);
    daemon.run('haproxy', (signal) => dataPlane.run(signal));
    server.add(
      ProxyAdminServiceDefinition,
      createProxyAdminService({ listeners: config.listeners, routes, dataPlane, startedAt }),
      access,
    );
  },
});
