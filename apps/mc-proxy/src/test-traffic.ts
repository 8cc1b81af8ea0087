import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

/** Listens on a free port (or the given one) until the test ends, and returns the port. */
export async function listen(
  server: Server & { closeAllConnections?(): void },
  { port = 0, host = '127.0.0.1' } = {},
): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** An HTTP/1.1 backend that answers every request with `answer`, or as the listener does. */
export async function startBackend(answer: string | RequestListener, port = 0): Promise<number> {
  return await listen(
    createServer(typeof answer === 'string' ? (_request, response) => void response.end(answer) : answer),
    { port },
  );
}

export interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One HTTP/1.1 request over a new TLS connection to 127.0.0.1:`port`. */
export async function get(
  port: number,
  hostname: string,
  { ca, headers = {}, path = '/' }: { ca: string; headers?: Record<string, string>; path?: string },
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        servername: hostname,
        ca,
        path,
        agent: false,
        headers: { host: hostname, ...headers },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      },
    );
    call.on('error', reject);
    call.end();
  });
}

/** A TLS connection through which a test looks at the certificate; rejects when the handshake fails. */
export async function handshake(
  port: number,
  servername: string,
  { ca, alpn = ['http/1.1'] }: { ca: string; alpn?: string[] },
): Promise<TLSSocket> {
  const socket = tlsConnect({ host: '127.0.0.1', port, servername, ca, ALPNProtocols: alpn });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** SHA-256 of the certificate a hostname answers with, as the API writes it. */
export async function servedFingerprint(port: number, hostname: string, ca: string): Promise<string> {
  const socket = await handshake(port, hostname, { ca });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256.replaceAll(':', '').toLowerCase();
}
