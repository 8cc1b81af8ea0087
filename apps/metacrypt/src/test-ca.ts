import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import * as acme from 'acme-client';
import { createLogger } from '@mcp/daemon/logging';
import { openDatabase } from '@mcp/daemon/sqlite';
import { createTokenFileVerifier, hashToken } from '@mcp/daemon/tokens';
import { freePort } from '@mcp/testing/free-port';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { onTestFinished } from 'vitest';
import { openAuthority } from './ca/authority.ts';
import { createCaStore } from './ca/store.ts';
import type { Policy } from './config.ts';
import { createHttpApp } from './http-app.ts';
import { listenHttps } from './https-server.ts';
import { issueListenerCertificate } from './listener-certificate.ts';
import { migrations } from './migrations.ts';

export const TOKEN = 'token-of-mcp-agent';
export const DOMAIN = 'svc.mcp.metacircular.net';

/** Makes a token file with the accounts mcp-agent (operator) and visitor (guest, token "guest"). */
export function writeTokenFile(folder: string): string {
  const path = join(folder, 'tokens.toml');
  const account = (name: string, role: string, token: string) =>
    `[[tokens]]\nname = "${name}"\nrole = "${role}"\nsha256 = "${hashToken(token)}"\n`;
  writeFileSync(path, account('mcp-agent', 'operator', TOKEN) + account('visitor', 'guest', 'guest'));
  return path;
}

/** Serves the CA's real HTTPS app on a database file that stays when it is closed; ends with the test. */
export async function startCa({
  folder = temporaryDirectory(),
  port,
  policies = [{ account: 'mcp-agent', domains: [DOMAIN], hostnames: ['docs.metacircular.net'] }],
  now = () => new Date(),
}: { folder?: string; port?: number; policies?: Policy[]; now?: () => Date } = {}) {
  const listenAddr = `127.0.0.1:${port ?? (await freePort())}`;
  const database = openDatabase(join(folder, 'metacrypt.db'), migrations);
  const store = createCaStore(database);
  const authority = await openAuthority({ store, password: 'password', now });
  const rest = { listen_addr: listenAddr, names: ['localhost'], addresses: ['127.0.0.1'] };
  const token_file = writeTokenFile(folder);
  const app = createHttpApp({
    config: {
      rest: { ...rest, token_file },
      acme: { mount: 'services', order_lifetime_s: 3600, certificate_days: 90 },
      policies,
    },
    database,
    caStore: store,
    authority,
    verify: createTokenFileVerifier(token_file),
    log: createLogger('test', 'silent'),
    now,
  });
  const identity = await issueListenerCertificate({ authority, store }, rest);
  const server = await listenHttps(app, { listenAddr, identity });
  const agent = new Agent({ ca: authority.root, keepAlive: true });
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    agent.destroy();
    await server.close();
    database.close();
  };
  onTestFinished(close);
  acme.axios.defaults.httpsAgent = agent;
  return {
    url: `https://${listenAddr}`,
    directoryUrl: `https://${listenAddr}/acme/services/directory`,
    root: authority.root,
    folder,
    port: Number(listenAddr.split(':')[1]),
    agent,
    database,
    close,
  };
}

export type TestCa = Awaited<ReturnType<typeof startCa>>;

/** Asks the CA's REST API for an external account binding key. */
export async function fetchEab(ca: TestCa, token = TOKEN): Promise<{ kid: string; hmacKey: string }> {
  const headers = { authorization: `Bearer ${token}` };
  const { data } = await acme.axios.post(`${ca.url}/v1/acme/services/eab`, undefined, {
    headers,
    validateStatus: (status) => status === 201,
  });
  return { kid: String(data.kid), hmacKey: String(data.hmac_key) };
}

/** An ACME client with a registered account. */
export async function registeredClient(ca: TestCa) {
  const accountKey = await acme.crypto.createPrivateEcdsaKey();
  const externalAccountBinding = await fetchEab(ca);
  const client = new acme.Client({
    directoryUrl: ca.directoryUrl,
    accountKey,
    externalAccountBinding,
    backoffMin: 20,
  });
  await client.createAccount({ contact: ['mailto:ops@metacircular.net'] });
  return { client, accountKey };
}

export const dns = (value: string) => ({ type: 'dns', value });

/** A certificate request for a name, with a new key. */
export async function csrFor(...names: string[]): Promise<Buffer> {
  const [, csr] = await acme.crypto.createCsr({ altNames: names }, await acme.crypto.createPrivateEcdsaKey());
  return csr;
}
