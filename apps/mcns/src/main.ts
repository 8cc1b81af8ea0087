import { runCommand } from '@mcp/daemon/command';
import { createTokenFileVerifier } from '@mcp/daemon/tokens';
import { RecordServiceDefinition, ZoneServiceDefinition } from '@mcp/proto/mcns';
import { Config, seedZones } from './config.ts';
import { listenDns } from './dns/listen.ts';
import { createResponder } from './dns/respond.ts';
import { createZoneIndex } from './dns/zone-index.ts';
import { migrations } from './migrations.ts';
import { createRecords } from './records.ts';
import { createApp } from './rest/app.ts';
import { listenRest } from './rest/listen.ts';
import { createRecordService, createZoneService, recordAccess, zoneAccess } from './service.ts';
import { createStore } from './store.ts';
import { createZones } from './zones.ts';

await runCommand({
  name: 'mcns',
  envPrefix: 'MCNS',
  schema: Config,
  migrations,
  async serve({ config, database, server, daemon, log }) {
    const store = createStore(database);
    const index = createZoneIndex();
    const records = createRecords({ store, index, log });
    const zones = createZones({ store, index, log });
    zones.seed(seedZones(config));
    const verify = createTokenFileVerifier(config.rest.token_file);
    // A token file that cannot be used must be seen now, not at the first request.
    await verify('');

    server.add(RecordServiceDefinition, createRecordService(records), recordAccess);
    server.add(ZoneServiceDefinition, createZoneService(zones), zoneAccess);
    const dns = await listenDns(config.dns.listen_addr, createResponder(index, log), log);
    daemon.onStop('dns', () => dns.close());
    const rest = await listenRest(config.rest, createApp({ records, zones, verify, log }).fetch, log);
    daemon.onStop('rest', () => rest.close());
  },
});
