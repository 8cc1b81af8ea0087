import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { ServiceError } from '@mcp/daemon/errors';
import { CaRefusal } from './ca-error.ts';
import type { IssuerConfig } from './config.ts';
import { createNoncePool } from './nonce-pool.ts';

export type Acme = typeof import('acme-client');

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Loads acme-client and sets up its HTTP client, which is one for all CAs: whom it trusts, its
 * deadline, and that a refusal of a CA is thrown as CaRefusal. Throws failed_precondition when a
 * ca_cert cannot be read.
 */
export async function loadAcme(configs: readonly IssuerConfig[]): Promise<Acme> {
  const ca = trustedRoots(configs);
  // Of a CommonJS module a bundle keeps the default export alone.
  const { default: acme } = await import('acme-client');
  const { defaults, interceptors } = acme.axios;
  const nonces = createNoncePool();
  defaults.httpsAgent = new Agent({ ca, keepAlive: true });
  defaults.timeout = REQUEST_TIMEOUT_MS;
  interceptors.request.use((config) => {
    const nonce = config.method === 'head' ? nonces.take(config.url ?? '') : undefined;
    if (nonce === undefined) return config;
    const headers = { 'replay-nonce': nonce };
    return { ...config, adapter: async () => ({ data: '', status: 200, statusText: 'OK', headers, config }) };
  });
  // Its own interceptor waits 5 s and more between tries, and then loses why a connection failed
  // (reads `response.config` of no response). Our callers and the renewal loop retry.
  interceptors.response.clear();
  // acme-client makes every answer an error first.
  interceptors.response.use(undefined, (error: unknown) => {
    const response = responseOf(error);
    const nonce = textHeader(response.headers, 'replay-nonce');
    const { url, method } = response.config;
    if (nonce !== undefined && method !== 'head') nonces.add(url, nonce);
    const retryAfter = textHeader(response.headers, 'retry-after');
    const refusal = new CaRefusal(response.status, response.data, retryAfter);
    if (response.status < 400) return response;
    if (refusal.type !== 'badNonce') throw refusal;
    nonces.clear(url);
    // acme-client repeats the request by itself, with the nonce of this answer.
    return response;
  });
  return acme;
}

interface HttpResponse {
  status: number;
  data: unknown;
  headers: object;
  config: { url: string; method: string };
}

/** The answer in an error of axios; throws the error when there was none. */
function responseOf(error: unknown): HttpResponse {
  if (error instanceof Error && 'response' in error && isResponse(error.response)) return error.response;
  throw error;
}

function isResponse(value: unknown): value is HttpResponse {
  return typeof value === 'object' && value !== null && 'status' in value && 'config' in value;
}

function textHeader(headers: object, name: string): string | undefined {
  const value: unknown = Reflect.get(headers, name);
  return typeof value === 'string' ? value : undefined;
}

function trustedRoots(configs: readonly IssuerConfig[]): string[] {
  const own = configs.flatMap(({ name, ca_cert }) => (ca_cert === undefined ? [] : readRoot(name, ca_cert)));
  return own.length === configs.length ? own : [...own, ...getCACertificates('default')];
}

function readRoot(issuer: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ServiceError('failed_precondition', `issuer ${issuer}: read ca_cert ${path}`, { cause });
  }
}
