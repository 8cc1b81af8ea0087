import { readFileSync } from 'node:fs';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { Agent, request, type RequestOptions } from 'node:https';
import { connect as connectTls } from 'node:tls';
import type { Identity } from '../../traffic-service/identity.ts';
import type { ClientOptions, RequestKind } from './options.ts';
import type { Outcome } from './record.ts';

/** Longer than the proxy ever holds a request. */
const TIMEOUT_MS = 15_000;

export type Send = (outcome: Outcome) => void;

/** How each kind of request is sent. */
export function createSenders(options: ClientOptions): { [Kind in RequestKind]: Send } {
  const ca = readFileSync(options.ca);
  const l7 = { ...addressOf(options.l7), servername: options.hostname, ca };
  const l4 = { ...addressOf(options.l4), servername: options.hostname, rejectUnauthorized: false };
  const keepAlive = new Agent({ keepAlive: true });
  return {
    'HTTP/1.1 kept alive': (outcome) => ask({ ...l7, agent: keepAlive }, options.hostname, outcome),
    'HTTP/1.1 new': (outcome) => ask({ ...l7, agent: false }, options.hostname, outcome),
    'HTTP/2': createHttp2(l7),
    'TLS through l4': (outcome) => ask({ ...l4, agent: false }, options.hostname, outcome),
  };
}

function addressOf(address: string): { host: string; port: number } {
  const [host = '', port] = address.split(':');
  return { host, port: Number(port) };
}

function ask(target: RequestOptions, hostname: string, outcome: Outcome): void {
  const failed = (error: Error) => outcome.failed(reasonOf(error));
  const call = request(
    { ...target, headers: { host: hostname }, signal: AbortSignal.timeout(TIMEOUT_MS) },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () => settle(response.statusCode, chunks, outcome));
    },
  );
  call.on('error', failed).end();
}

interface TlsTarget {
  host: string;
  port: number;
  servername: string;
  ca: Buffer;
}

/** One session for all requests; a new one as soon as the server closes it or says that it goes away. */
function createHttp2(target: TlsTarget): Send {
  let session: ClientHttp2Session | undefined;

  function open(): ClientHttp2Session {
    const opened = connectHttp2(`https://${target.servername}`, {
      createConnection: () => connectTls({ ...target, ALPNProtocols: ['h2'] }),
    });
    const forget = () => {
      if (session === opened) session = undefined;
    };
    // Its requests fail with the same error, and are counted there.
    opened.on('error', forget).on('close', forget).on('goaway', forget);
    return opened;
  }

  return (outcome) => {
    session ??= open();
    const stream = session.request({ ':path': '/' }, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    let status: number | undefined;
    const chunks: Buffer[] = [];
    let failure: Error | undefined;
    stream.on('response', (headers) => (status = headers[':status']));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => (failure = error));
    stream.on('close', () => {
      if (failure) outcome.failed(reasonOf(failure));
      else settle(status, chunks, outcome);
    });
    stream.end();
  };
}

function settle(status: number | undefined, chunks: readonly Buffer[], outcome: Outcome): void {
  const text = Buffer.concat(chunks).toString('utf8');
  if (status !== 200) return outcome.failed(`status ${status}`);
  try {
    outcome.answered(JSON.parse(text) as Identity);
  } catch {
    outcome.failed(`answer of ${text.length} bytes that is not whole`);
  }
}

function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message}`;
}
