import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import { closeHttpServer } from '@mcp/daemon/close-http-server';
import { parseAddress } from '@mcp/daemon/address';
import { ConfigError } from '@mcp/daemon/config';
import type { Logger } from '@mcp/daemon/logging';
import type { RestConfig } from '../config.ts';

const DRAIN_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than callers keep a connection idle, so that they close it and no request meets a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

type Fetch = (request: Request) => Response | Promise<Response>;

export interface RestListener {
  port: number;
  /** Takes no new requests, lets the others finish for 10 s, then cuts them. */
  close(): Promise<void>;
}

/** Serves `fetch` over HTTPS. Throws ConfigError when the address or the TLS files cannot be used. */
export async function listenRest(
  config: Pick<RestConfig, 'listen_addr' | 'tls_cert' | 'tls_key'>,
  fetch: Fetch,
  log: Logger,
): Promise<RestListener> {
  const address = parseAddress(config.listen_addr);
  if (address.kind !== 'tcp')
    throw new ConfigError(`rest.listen_addr: "${config.listen_addr}" must be host:port`);
  const server = createServer(
    {
      cert: readTlsFile('tls_cert', config.tls_cert),
      key: readTlsFile('tls_key', config.tls_key),
      minVersion: 'TLSv1.3',
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    getRequestListener(fetch),
  );
  server.listen(address.port, address.host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new ConfigError(`rest.listen_addr: cannot listen on ${config.listen_addr}: ${String(cause)}`, {
      cause,
    });
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  log.info({ listen_addr: config.listen_addr, port }, 'serving REST');
  return {
    port,
    close: () => closeHttpServer(server, DRAIN_TIMEOUT_MS),
  };
}

function readTlsFile(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ConfigError(`rest.${key}: cannot read ${path}: ${String(cause)}`, { cause });
  }
}
