import { parseAddress } from '@mcp/daemon/address';
import { ConfigError } from '@mcp/daemon/config';
import type { Logger } from '@mcp/daemon/logging';
import type { Responder } from './respond.ts';
import { listenTcp } from './tcp.ts';
import { listenUdp } from './udp.ts';

export interface DnsListener {
  port: number;
  close(): Promise<void>;
}

/**
 * Answers DNS queries over UDP and TCP on one "host:port". Throws ConfigError when the
 * address is no such one or cannot be had.
 */
export async function listenDns(listenAddr: string, respond: Responder, log: Logger): Promise<DnsListener> {
  const address = parseAddress(listenAddr);
  if (address.kind !== 'tcp') throw new ConfigError(`dns.listen_addr: "${listenAddr}" must be host:port`);
  const unusable = (cause: unknown) => {
    throw new ConfigError(`dns.listen_addr: cannot listen on ${listenAddr}: ${String(cause)}`, { cause });
  };
  const { host } = address;
  const tcp = await listenTcp({ host, port: address.port }, respond).catch(unusable);
  // TCP first: with port 0 it finds out which one both use.
  const udp = await listenUdp({ host, port: tcp.port }, respond, log).catch(async (cause: unknown) => {
    await tcp.close();
    return unusable(cause);
  });
  log.info({ listen_addr: listenAddr, port: tcp.port }, 'answering queries');
  return {
    port: tcp.port,
    async close() {
      udp.close();
      await tcp.close();
    },
  };
}
