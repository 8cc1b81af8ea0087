import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Responder } from './respond.ts';

const LENGTH_BYTES = 2;

export interface TcpOptions {
  host: string;
  port: number;
  /** After this time without traffic a connection is closed. */
  idleTimeoutMs?: number;
  /** Further connections are closed at once. */
  maxConnections?: number;
}

/** A DNS server over TCP (RFC 7766): many queries on a connection, answered in order. */
export interface TcpListener {
  port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

export async function listenTcp(
  { host, port, idleTimeoutMs = 10_000, maxConnections = 256 }: TcpOptions,
  respond: Responder,
): Promise<TcpListener> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    // A peer that resets its connection is no failure of ours; 'close' follows.
    socket.on('error', () => socket.destroy());
    socket.setTimeout(idleTimeoutMs, () => socket.destroy());
    serve(socket, respond);
  });
  server.maxConnections = maxConnections;
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: portOf(server),
    async close() {
      server.close();
      for (const socket of connections) socket.destroy();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, respond: Responder): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let next = takeMessage(pending); next; next = takeMessage(pending)) {
      pending = next.rest;
      const reply = respond(next.message, 'tcp');
      // A peer that does not read its answers is not read from either, and then times out.
      if (reply && !socket.write(frame(reply))) socket.pause();
    }
  });
  socket.on('drain', () => socket.resume());
}

function takeMessage(bytes: Buffer): { message: Buffer; rest: Buffer } | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + bytes.readUInt16BE(0);
  if (bytes.length < end) return undefined;
  return { message: bytes.subarray(LENGTH_BYTES, end), rest: bytes.subarray(end) };
}

function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has a port');
  return address.port;
}
