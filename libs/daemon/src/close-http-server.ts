import { once } from 'node:events';
import type { Server } from 'node:https';

/** Takes no new connections, lets running requests finish for `drainTimeoutMs`, then cuts them. */
export async function closeHttpServer(server: Server, drainTimeoutMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), drainTimeoutMs);
  await closed.finally(() => clearTimeout(force));
}
