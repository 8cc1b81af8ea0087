import { join } from 'node:path';
import { createLogger } from '@mcp/daemon/logging';
import { openDatabase } from '@mcp/daemon/sqlite';
import { CertificateServiceDefinition } from '@mcp/proto/certd';
import { startServer } from '@mcp/daemon/test-server';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { onTestFinished } from 'vitest';
import { createCertificates } from './certificates.ts';
import type { IssuerConfig } from './config.ts';
import { createCertificateFiles } from './files.ts';
import { createIssuers } from './issuer.ts';
import { migrations } from './migrations.ts';
import { access, createCertificateService } from './service.ts';
import { createStore } from './store.ts';
import { createWritten } from './written.ts';

/** A real certd on a Unix socket whose clock the test moves; ends with the test. */
export async function startCertd(issuers: readonly IssuerConfig[]) {
  const folder = join(temporaryDirectory(), 'certs');
  const clock = { offsetMs: 0 };
  const database = openDatabase(':memory:', migrations);
  onTestFinished(() => void database.close());
  const store = createStore(database);
  const files = createCertificateFiles(folder);
  const written = createWritten();
  const certificates = createCertificates({
    store,
    files,
    issuers: createIssuers(issuers, store),
    written,
    log: createLogger('test', 'silent'),
    now: () => new Date(Date.now() + clock.offsetMs),
  });
  const { channel } = await startServer((server) => {
    server.add(
      CertificateServiceDefinition,
      createCertificateService({ certificates, store, written }),
      access,
    );
  });
  return {
    certd: channel.client(CertificateServiceDefinition),
    folder,
    clock,
    store,
    files,
    sync: () => certificates.sync(AbortSignal.timeout(20_000)),
  };
}
