import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { getCACertificates } from 'node:tls';

const MAX_CONNECTIONS = 4;
/** The server closed a connection that it had kept: another one may work. */
const CLOSED_CODES: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

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

export interface HttpsAgentOptions {
  /** For example "https://127.0.0.1:8443". */
  origin: string;
  /** PEM file; without it, the CAs that Node.js and the system trust. */
  caFile: string | undefined;
  requestTimeoutMs?: number;
}

/**
 * Requests to one server over TLS 1.3 connections that are kept. A request is sent again once
 * when its connection turns out to be closed, so it must be one that may be repeated.
 */
export interface HttpsAgent {
  /** Throws what Node.js throws when there is no answer in time. */
  send(options: HttpsRequest): Promise<HttpsResponse>;
  close(): void;
}

/**
 * Connects at the first request. Throws when the CA file cannot be read. It is Node's own
 * client, because undici costs the process 10 MiB more with its first request, and here there
 * are few.
 */
export function createHttpsAgent({ origin, caFile, requestTimeoutMs = 5000 }: HttpsAgentOptions): HttpsAgent {
  const ca =
    caFile === undefined
      ? [...getCACertificates('default'), ...getCACertificates('system')]
      : readFileSync(caFile, 'utf8');
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, ca, minVersion: 'TLSv1.3' });

  function sendOnce({ path, body, ...options }: HttpsRequest): Promise<HttpsResponse> {
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, origin), { agent, ...options }, (incoming) => {
        const status = incoming.statusCode ?? 0;
        text(incoming).then((body) => resolve({ status, text: body }), reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  return {
    async send(options) {
      const timeout = AbortSignal.timeout(requestTimeoutMs);
      const signal = AbortSignal.any([options.signal, timeout]);
      try {
        return await sendOnce({ ...options, signal });
      } catch (error) {
        options.signal.throwIfAborted();
        if (timeout.aborted) throw new Error(`no answer within ${requestTimeoutMs} ms`);
        if (!isClosedConnection(error)) throw error;
        return await sendOnce({ ...options, signal });
      }
    },
    close: () => agent.destroy(),
  };
}

function isClosedConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CLOSED_CODES.has(error.code);
}
