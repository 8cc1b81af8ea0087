import type { Parts } from '@mcp/daemon/command';
import { createSyncLoop } from '@mcp/daemon/sync-loop';
import { createTokenFileVerifier } from '@mcp/daemon/tokens';
import { openAuthority } from './ca/authority.ts';
import { readPassword } from './ca/password.ts';
import { createCaStore } from './ca/store.ts';
import type { Config } from './config.ts';
import { createHttpApp } from './http-app.ts';
import { listenHttps } from './https-server.ts';
import { issueListenerCertificate } from './listener-certificate.ts';

const CHECK_EVERY_MS = 3_600_000;

/**
 * Unseals the CA (or makes it) and serves REST and ACME. The listener's own certificate lives in
 * memory and is renewed there.
 */
export async function serveRest(
  { config, log, database, daemon }: Parts<Config>,
  now: () => Date = () => new Date(),
): Promise<void> {
  const caStore = createCaStore(database);
  const verify = createTokenFileVerifier(config.rest.token_file);
  // A token file that cannot be used must be seen now, not at the first call.
  await verify('');
  const authority = await openAuthority({
    store: caStore,
    password: readPassword(config.seal.password_file),
    now,
  });
  const issueIdentity = () => issueListenerCertificate({ authority, store: caStore }, config.rest);
  let identity = await issueIdentity();
  const app = createHttpApp({ config, database, caStore, authority, verify, log, now });
  const server = await listenHttps(app, { listenAddr: config.rest.listen_addr, identity });
  daemon.onStop('rest', () => server.close());
  log.info({ listen_addr: config.rest.listen_addr }, 'serving REST and ACME');

  const renewal = createSyncLoop({ signal: daemon.signal, log, resyncEveryMs: CHECK_EVERY_MS }, async () => {
    if (now() < identity.renewAt) return;
    identity = await issueIdentity();
    server.setIdentity(identity);
    log.info({ renewAt: identity.renewAt }, 'listener certificate renewed');
  });
  daemon.run('listener certificate', () => renewal.run());
}
