import { once } from 'node:events';
import { createHash } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server as HttpServer,
} from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { request, type Agent } from 'node:https';
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

/** What a request may have that a plain GET has not. */
interface RequestOptions {
  ca: string;
  headers?: Record<string, string>;
  path?: string;
  method?: string;
  body?: string;
  /** Keeps connections; without one each request has its own. */
  agent?: Agent;
  signal?: AbortSignal;
}

/** One HTTP/1.1 request in TLS to 127.0.0.1:`port`. */
export async function get(
  port: number,
  hostname: string,
  { ca, headers = {}, path = '/', method = 'GET', body: sent, agent, signal }: RequestOptions,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        servername: hostname,
        ca,
        path,
        method,
        agent: agent ?? false,
        headers: { host: hostname, ...headers },
        ...(signal ? { signal } : {}),
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
    call.end(sent);
  });
}

/** An HTTP/2 connection to 127.0.0.1:`port`, closed when the test ends. */
export function http2Session(port: number, hostname: string, ca: string): ClientHttp2Session {
  const session = connectHttp2(`https://${hostname}`, { host: '127.0.0.1', port, servername: hostname, ca });
  onTestFinished(() => session.destroy());
  return session;
}

/** One request as a stream of an HTTP/2 connection; rejects when the stream fails. */
export async function getOverHttp2(
  session: ClientHttp2Session,
  { path = '/', method = 'GET', body: sent }: { path?: string; method?: string; body?: string } = {},
): Promise<Pick<Answer, 'status' | 'body'>> {
  return await new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ':method': method });
    let status = 0;
    let body = '';
    stream.setEncoding('utf8');
    stream.on('response', (headers) => (status = Number(headers[':status'])));
    stream.on('data', (chunk: string) => (body += chunk));
    stream.on('error', reject);
    stream.on('end', () => resolve({ status, body }));
    stream.end(sent);
  });
}

/** Makes an HTTP server accept WebSockets: each is greeted by the server's name, and echoed. */
export function acceptWebSockets(server: HttpServer, name: string): void {
  server.on('upgrade', (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    socket.on('error', () => socket.destroy());
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n\r\n${name}`,
    );
    socket.pipe(socket);
  });
}

/** A WebSocket over HTTP/1.1 and what came with its opening, once the backend has accepted it. */
export async function openWebSocket(
  port: number,
  hostname: string,
  ca: string,
): Promise<{ socket: TLSSocket; greeting: string }> {
  const socket = await handshake(port, hostname, { ca });
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let greeting = '';
  while (!/\r\n\r\n./.test(greeting)) greeting += String((await once(socket, 'data'))[0]);
  return { socket, greeting };
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
