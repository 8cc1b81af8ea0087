import { createLogger } from '@mcp/daemon/logging';
import { openDatabase } from '@mcp/daemon/sqlite';
import { RecordServiceDefinition, RecordType } from '@mcp/proto/dnsd';
import { startServer } from '@mcp/daemon/test-server';
import { onTestFinished } from 'vitest';
import { startFakeMcns, type FakeMcns } from './fake-mcns.ts';
import { migrations } from './migrations.ts';
import { createMcnsProvider } from './providers/mcns.ts';
import { access, createRecordService } from './service.ts';
import { createStore } from './store.ts';
import { createTurns } from '@mcp/daemon/turns';

/** dnsd over real gRPC and an empty database, with a fake MCNS; without the sync loop. For tests only. */
export async function startTestDnsd({
  zones = ['svc.test'],
  path = ':memory:',
  fake,
}: { zones?: readonly string[]; path?: string; fake?: FakeMcns } = {}) {
  const mcns = fake ?? (await startFakeMcns(zones));
  const log = createLogger('dnsd', 'silent');
  const database = openDatabase(path, migrations);
  onTestFinished(() => void database.close());
  const store = createStore(database);
  const providers = zones.map((name) => ({ name, provider: createMcnsProvider(name, mcns.endpoint) }));
  onTestFinished(() => providers.forEach(({ provider }) => provider.close()));
  const failures = { count: 0 };
  const { channel } = await startServer((server) => {
    const options = { inTurn: createTurns(), defaultTtl: 60, onFailure: () => void (failures.count += 1) };
    server.add(
      RecordServiceDefinition,
      createRecordService({ store, zones: providers, log }, options),
      access,
    );
  });
  const client = channel.client(RecordServiceDefinition);
  return { mcns, store, failures, client, close: () => database.close() };
}

/** An A record of a service. */
export function address(value: string, name = 'web.svc.test') {
  return { name, type: RecordType.A, value };
}
