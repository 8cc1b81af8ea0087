import { runCommand } from '@mcp/daemon/command';
import { createSyncLoop } from '@mcp/daemon/sync-loop';
import { CertificateServiceDefinition } from '@mcp/proto/certd';
import { createCertificates, forgetUnfinished } from './certificates.ts';
import { Config } from './config.ts';
import { createCertificateFiles } from './files.ts';
import { createIssuers } from './issuer.ts';
import { migrations } from './migrations.ts';
import { registerAccounts } from './registration.ts';
import { access, createCertificateService } from './service.ts';
import { createStore } from './store.ts';
import { createWritten } from './written.ts';

await runCommand({
  name: 'mcp-certd',
  envPrefix: 'MCP_CERTD',
  schema: Config,
  migrations,
  serve({ config, log, database, server, daemon }) {
    const store = createStore(database);
    const files = createCertificateFiles(config.certificates.directory);
    const issuers = createIssuers(config.issuers, store);
    const written = createWritten();
    const now = () => new Date();
    const certificates = createCertificates({ store, files, issuers, written, log, now });
    forgetUnfinished({ store, files });
    server.add(
      CertificateServiceDefinition,
      createCertificateService({ certificates, store, written }),
      access,
    );
    daemon.run('registration', (signal) => registerAccounts({ issuers, log, signal }));
    const resyncEveryMs = config.renewal.interval_s * 1000;
    const renewal = createSyncLoop({ signal: daemon.signal, log, resyncEveryMs }, certificates.sync);
    daemon.run('renewal', () => renewal.run());
    const restoring = createSyncLoop({ signal: daemon.signal, log }, certificates.restore);
    daemon.run('files', () => restoring.run());
  },
});
