import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Role } from '@mcp/daemon/access';
import { createLogger } from '@mcp/daemon/logging';
import { openDatabase } from '@mcp/daemon/sqlite';
import { createTokenFileVerifier } from '@mcp/daemon/tokens';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { onTestFinished } from 'vitest';
import { listenDns } from './dns/listen.ts';
import { createResponder } from './dns/respond.ts';
import { createZoneIndex } from './dns/zone-index.ts';
import { migrations } from './migrations.ts';
import { createRecords } from './records.ts';
import { createApp } from './rest/app.ts';
import { listenRest } from './rest/listen.ts';
import { createStore } from './store.ts';
import { createTestCertificate } from '@mcp/testing/test-certificate';
import { createZones } from './zones.ts';

const ACCOUNTS: readonly (readonly [name: string, role: Role])[] = [
  ['root', 'admin'],
  ['mcp-agent', 'operator'],
  ['web', 'operator'],
  ['reader', 'user'],
  ['stranger', 'guest'],
];

export const testZone = {
  name: 'svc.test',
  primaryNs: 'ns.svc.test',
  adminEmail: 'admin.svc.test',
  refresh: 3600,
  retry: 600,
  expire: 86_400,
  minimumTtl: 60,
};

/** A token file for the accounts above, whose tokens are their names; for tests only. */
export function createTestTokens(): string {
  const path = join(temporaryDirectory(), 'tokens.toml');
  const entries = ACCOUNTS.map(([name, role]) => {
    const sha256 = createHash('sha256').update(name).digest('hex');
    return `[[tokens]]\nname = "${name}"\nrole = "${role}"\nsha256 = "${sha256}"\n`;
  });
  writeFileSync(path, entries.join('\n'));
  return path;
}

/** The domain over an empty database that has one zone, svc.test. */
export function createTestDomain() {
  const log = createLogger('mcns', 'silent');
  const database = openDatabase(':memory:', migrations);
  onTestFinished(() => void database.close());
  const store = createStore(database);
  const index = createZoneIndex();
  const records = createRecords({ store, index, log });
  const zones = createZones({ store, index, log });
  zones.seed([testZone]);
  return { log, store, index, records, zones };
}

/** MCNS with DNS over UDP and TCP and REST over HTTPS, all on ports of the system's choice. */
export async function startTestMcns() {
  const { log, index, records, zones } = createTestDomain();
  const dns = await listenDns('127.0.0.1:0', createResponder(index, log), log);
  onTestFinished(() => dns.close());
  const { cert, key } = await createTestCertificate();
  const verify = createTokenFileVerifier(createTestTokens());
  const app = createApp({ records, zones, verify, log });
  const rest = await listenRest({ listen_addr: '127.0.0.1:0', tls_cert: cert, tls_key: key }, app.fetch, log);
  onTestFinished(() => rest.close());
  return {
    dnsPort: dns.port,
    restPort: rest.port,
    records,
    rest: createRestClient({ port: rest.port, caFile: cert }),
  };
}

interface RestAnswer {
  status: number;
  body: unknown;
}

/** Calls REST as an account; its token is its name. A body that is a string is sent as it is. */
export function createRestClient({ port, caFile }: { port: number; caFile: string }) {
  const ca = readFileSync(caFile);
  return (account: string, call: string, body?: unknown): Promise<RestAnswer> => {
    const [method, path] = call.split(' ');
    const headers = account === '' ? {} : { authorization: `Bearer ${account}` };
    const options = { host: '127.0.0.1', port, path, method, ca, headers, agent: false };
    return new Promise((resolve, reject) => {
      const outgoing = request(options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => void chunks.push(chunk));
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
    });
  };
}
