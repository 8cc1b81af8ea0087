import { readFileSync } from 'node:fs';
import type { Client, Order } from 'acme-client';
import { ServiceError } from '@mcp/daemon/errors';
import { loadAcme, type Acme } from './acme.ts';
import { CaRefusal, fromCa } from './ca-error.ts';
import { fits } from './certificate-facts.ts';
import type { IssuerConfig } from './config.ts';
import type { Pair } from './files.ts';
import type { AccountRow, Store } from './store.ts';

/** Of the waiting for an order that the CA still works on: 0.25 s, 0.75 s, 1.75 s, 3.75 s, then every 2 s. */
const POLL = { backoffMin: 250, backoffMax: 2000, backoffAttempts: 10 } as const;

/** A CA, spoken to over ACME. Errors are those of fromCa. */
export interface Issuer {
  name: string;
  domains: readonly string[];
  /** Makes sure that there is an account; safe to repeat. */
  register(): Promise<void>;
  /**
   * Orders a certificate with a new key (ECDSA P-256). The signal ends it between two requests, each
   * of which has a deadline of 10 s.
   */
  order(hostname: string, signal: AbortSignal): Promise<Pair>;
}

/** The configured CAs. acme-client is heavy, so it is loaded when one is first spoken to. */
export function createIssuers(configs: readonly IssuerConfig[], store: Store): Issuer[] {
  let loading: Promise<Acme> | undefined;
  const load = () => {
    loading ??= loadAcme(configs).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return configs.map((config) => createIssuer(config, store, load));
}

function createIssuer(config: IssuerConfig, store: Store, load: () => Promise<Acme>): Issuer {
  const { name, domains, directory_url } = config;
  let connecting: Promise<Client> | undefined;

  function connect(): Promise<Client> {
    connecting ??= openClient(config, store, load).catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  }

  async function createOrder(hostname: string): Promise<{ client: Client; order: Order }> {
    const client = await connect();
    const identifiers = [{ type: 'dns', value: hostname }];
    try {
      return { client, order: await client.createOrder({ identifiers }) };
    } catch (error) {
      if (!(error instanceof CaRefusal) || error.type !== 'accountDoesNotExist') throw error;
      // The CA was made anew: so is the account, once.
      store.removeAccount({ issuer: name, directory_url });
      connecting = undefined;
      const fresh = await connect();
      return { client: fresh, order: await fresh.createOrder({ identifiers }) };
    }
  }

  async function order(hostname: string, signal: AbortSignal): Promise<Pair> {
    const { crypto } = await load();
    const createRequest = async () => {
      const key = await crypto.createPrivateEcdsaKey('P-256');
      return crypto.createCsr({ commonName: hostname }, key);
    };
    const [{ client, order: created }, [key, csr]] = await Promise.all([
      createOrder(hostname),
      createRequest(),
    ]);
    signal.throwIfAborted();
    if (created.status === 'pending') {
      throw new ServiceError(
        'failed_precondition',
        `issuer ${name}: order ${hostname}: the CA wants a challenge; let its policy grant the name to this account`,
      );
    }
    const finalized = await client.finalizeOrder(created, csr);
    signal.throwIfAborted();
    const chain = await client.getCertificate(finalized);
    const pair = { chain, private_key: key.toString() };
    if (fits(pair, hostname)) return pair;
    throw new ServiceError(
      'failed_precondition',
      `issuer ${name}: order ${hostname}: the CA sent a certificate for another name or key`,
    );
  }

  return {
    name,
    domains,
    async register() {
      if (store.findAccount(name, directory_url)) return;
      await connect().catch(fromCa(config, 'register an account'));
    },
    async order(hostname, signal) {
      try {
        return await order(hostname, signal);
      } catch (error) {
        signal.throwIfAborted();
        return fromCa(config, `order ${hostname}`)(error);
      }
    },
  };
}

async function openClient(config: IssuerConfig, store: Store, load: () => Promise<Acme>): Promise<Client> {
  const acme = await load();
  const { name, directory_url } = config;
  const account = store.findAccount(name, directory_url) ?? (await register(acme, config));
  store.saveAccount(account);
  return new acme.Client({
    directoryUrl: directory_url,
    accountKey: account.private_key,
    accountUrl: account.url,
    ...POLL,
  });
}

async function register(acme: Acme, config: IssuerConfig): Promise<AccountRow> {
  const { name, directory_url, contact } = config;
  const accountKey = await acme.crypto.createPrivateEcdsaKey('P-256');
  const binding = await fetchBinding(acme, config);
  const client = new acme.Client({
    directoryUrl: directory_url,
    accountKey,
    ...(binding === undefined ? {} : { externalAccountBinding: binding }),
  });
  await client.createAccount({
    termsOfServiceAgreed: true,
    ...(contact === undefined ? {} : { contact: [contact] }),
  });
  return { issuer: name, directory_url, url: client.getAccountUrl(), private_key: accountKey.toString() };
}

async function fetchBinding(acme: Acme, { name, eab_url, token_path }: IssuerConfig) {
  if (eab_url === undefined || token_path === undefined) return undefined;
  const headers = { authorization: `Bearer ${readToken(name, token_path)}` };
  const { data } = await acme.axios.post<unknown>(eab_url, undefined, { headers });
  const answer = typeof data === 'object' && data !== null ? data : {};
  if ('kid' in answer && 'hmac_key' in answer) {
    return { kid: String(answer.kid), hmacKey: String(answer.hmac_key) };
  }
  throw new ServiceError(
    'failed_precondition',
    `issuer ${name}: ${eab_url} did not answer with kid and hmac_key; check eab_url`,
  );
}

function readToken(issuer: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ServiceError('failed_precondition', `issuer ${issuer}: read token_path ${path}`, { cause });
  }
}
