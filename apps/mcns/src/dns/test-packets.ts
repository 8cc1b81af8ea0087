import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, streamEncode, type DecodedPacket, type Packet } from 'dns-packet';

const ANSWER_TIMEOUT_MS = 2000;

/** What dns-packet decodes, and its types leave out. */
export type Decoded = DecodedPacket & { rcode: string; opcode: string };

/** Sends raw bytes over UDP; undefined when nothing comes back within `waitMs`. For tests only. */
export async function sendUdp(
  port: number,
  message: Buffer,
  waitMs = ANSWER_TIMEOUT_MS,
): Promise<Buffer | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.send(message, port, '127.0.0.1');
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(waitMs) })) as [Buffer];
    return reply;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return undefined;
    throw error;
  } finally {
    socket.close();
  }
}

/** Sends a query over UDP and decodes the reply. */
export async function askUdp(port: number, packet: Packet): Promise<Decoded> {
  const reply = await sendUdp(port, encode(packet));
  if (!reply) throw new Error('no reply');
  return decode(reply) as Decoded;
}

/** Writes raw bytes to one TCP connection and returns what came until `count` replies were there or it ended. */
export async function sendTcp(port: number, chunks: readonly Buffer[], count: number): Promise<Decoded[]> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
  await once(socket, 'connect');
  for (const chunk of chunks) {
    socket.write(chunk);
    // Small writes that follow each other would be sent as one.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  let received = Buffer.alloc(0);
  const replies: Decoded[] = [];
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      replies.push(decode(received.subarray(2, end)) as Decoded);
      received = received.subarray(end);
    }
    if (replies.length >= count) break;
  }
  return replies;
}

/** Sends a query over TCP and decodes the reply. */
export async function askTcp(port: number, packet: Packet): Promise<Decoded> {
  const [reply] = await sendTcp(port, [streamEncode(packet)], 1);
  if (!reply) throw new Error('no reply');
  return reply;
}
