import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Logger } from '@mcp/daemon/logging';
import type { Responder } from './respond.ts';

/** Answers queries over UDP on `host` and `port` until the socket is closed. */
export async function listenUdp(
  { host, port }: { host: string; port: number },
  respond: Responder,
  log: Logger,
): Promise<Socket> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  socket.on('error', (error) => log.warn({ err: error }, 'udp socket failed'));
  socket.on('message', (message, { address, port: peerPort }) => {
    const reply = respond(message, 'udp');
    // A datagram that cannot be sent is lost, as datagrams are; the resolver asks again.
    if (reply)
      socket.send(reply, peerPort, address, (error) => {
        if (error) log.debug({ err: error, address }, 'reply not sent');
      });
  });
  return socket;
}
