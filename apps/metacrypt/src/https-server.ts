import { once } from 'node:events';
import { createServer, Server } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { closeHttpServer } from '@mcp/daemon/close-http-server';
import { parseAddress } from '@mcp/daemon/address';
import { ConfigError } from '@mcp/daemon/config';

const DRAIN_TIMEOUT_MS = 5000;

/** The certificate of a TLS listener: full chain and private key, PEM. */
export interface TlsIdentity {
  cert: string;
  key: string;
}

/** A running HTTPS listener. */
export interface HttpsServer {
  /** Presents another certificate to new connections. */
  setIdentity(identity: TlsIdentity): void;
  /** Takes no new connections, lets requests finish for 5 s, then cuts them. */
  close(): Promise<void>;
}

/** Serves `app` over TLS 1.3. Throws ConfigError when the address cannot be listened on. */
export async function listenHttps(
  app: Hono,
  { listenAddr, identity }: { listenAddr: string; identity: TlsIdentity },
): Promise<HttpsServer> {
  const address = parseAddress(listenAddr);
  if (address.kind !== 'tcp') throw new ConfigError(`rest.listen_addr: ${listenAddr} is not host:port`);
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: { ...identity, minVersion: 'TLSv1.3' },
  });
  if (!(server instanceof Server)) throw new Error('the adaptor made a server of another kind');
  try {
    server.listen({ host: address.host, port: address.port });
    await once(server, 'listening');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`rest.listen_addr: cannot listen on ${listenAddr}: ${reason}`, { cause });
  }
  return {
    setIdentity: (next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.3' }),
    close: () => closeHttpServer(server, DRAIN_TIMEOUT_MS),
  };
}
