import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import request from 'undici/lib/api/api-request.js';
import Pool from 'undici/lib/dispatcher/pool.js';

const REQUEST_TIMEOUT_MS = 5000;
const CONNECT_TIMEOUT_MS = 2000;
/** How long a connection stays open without use, where the server does not say. */
const KEEP_ALIVE_MS = 30_000;
const CONNECTIONS = 4;
/** The server closed a connection that it had kept: another one may work. */
const CLOSED_CODES: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export interface HttpsRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal: AbortSignal;
}

export interface HttpsResponse {
  status: number;
  text: string;
}

/**
 * Requests to one server over TLS 1.3 connections that are kept. A request is sent again once
 * when its connection turns out to be closed, so it must be one that may be repeated.
 */
export interface HttpsPool {
  /** Throws what undici throws when there is no answer within 5 s. */
  send(request: HttpsRequest): Promise<HttpsResponse>;
  close(): Promise<void>;
}

/** Connects at the first request. Throws when the CA file cannot be read. */
export function createHttpsPool(origin: string, caFile: string | undefined): HttpsPool {
  const ca =
    caFile === undefined
      ? [...getCACertificates('default'), ...getCACertificates('system')]
      : readFileSync(caFile, 'utf8');
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
    allowH2: false,
    connect: { ca, minVersion: 'TLSv1.3', timeout: CONNECT_TIMEOUT_MS },
  });

  async function sendOnce({ body, ...options }: HttpsRequest): Promise<HttpsResponse> {
    const { statusCode, body: response } = await request.call(pool, { ...options, body: body ?? null });
    return { status: statusCode, text: await response.text() };
  }

  return {
    async send(options) {
      const signal = AbortSignal.any([options.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
      try {
        return await sendOnce({ ...options, signal });
      } catch (error) {
        if (!isClosedConnection(error) || signal.aborted) throw error;
        return sendOnce({ ...options, signal });
      }
    },
    close: () => pool.close(),
  };
}

function isClosedConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CLOSED_CODES.has(error.code);
}
