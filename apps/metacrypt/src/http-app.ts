import { Hono } from 'hono';
import type { TokenVerifier } from '@mcp/daemon/access';
import type { Logger } from '@mcp/daemon/logging';
import type { Connection } from '@mcp/daemon/sqlite';
import { version } from '@mcp/daemon/version';
import { createAccounts } from './acme/accounts.ts';
import { createAuthenticator } from './acme/authentication.ts';
import { createCertificates } from './acme/certificates.ts';
import { createEabKeys } from './acme/eab.ts';
import { createNonces } from './acme/nonces.ts';
import { createOrders } from './acme/orders.ts';
import { createAcmeRoutes } from './acme/routes.ts';
import { createAcmeStore } from './acme/store.ts';
import { createUrls } from './acme/urls.ts';
import type { Authority } from './ca/authority.ts';
import type { CaStore } from './ca/store.ts';
import { externalUrl, type Config } from './config.ts';
import { createEabRoutes } from './eab-routes.ts';
import { createPkiRoutes } from './pki-routes.ts';

export interface HttpAppOptions {
  config: Pick<Config, 'rest' | 'acme' | 'policies'>;
  database: Connection;
  caStore: CaStore;
  authority: Authority;
  verify: TokenVerifier;
  log: Logger;
  now: () => Date;
}

/** Everything the CA answers over HTTPS. */
export function createHttpApp({
  config,
  database,
  caStore,
  authority,
  verify,
  log,
  now,
}: HttpAppOptions): Hono {
  const { mount, order_lifetime_s, certificate_days } = config.acme;
  const store = createAcmeStore(database, caStore);
  const urls = createUrls(externalUrl(config.rest), mount);
  const nonces = createNonces();
  const eabKeys = createEabKeys({ store, seal: authority.seal, now });
  const orders = createOrders({
    store,
    authority,
    policies: config.policies,
    issuer: mount,
    orderLifetimeMs: order_lifetime_s * 1000,
    certificateDays: certificate_days,
    now,
  });

  const app = new Hono();
  app.onError((error, c) => {
    log.error({ err: error, path: c.req.path }, 'request failed');
    return c.json({ error: 'internal error, see the log' }, 500);
  });
  app.notFound((c) => c.json({ error: `there is nothing at ${c.req.path}` }, 404));
  app.get('/v1/health', (c) => c.json({ status: 'ok', version }));
  app.route('/v1/pki', createPkiRoutes(authority));
  app.route('/v1/acme', createEabRoutes({ mount, eabKeys, verify }));
  app.route(
    `/acme/${mount}`,
    createAcmeRoutes({
      urls,
      nonces,
      authenticate: createAuthenticator({ store, nonces, urls }),
      accounts: createAccounts({ store, eabKeys, urls, now }),
      orders,
      certificates: createCertificates({ store: caStore, now }),
      store,
      now,
      log,
    }),
  );
  return app;
}
