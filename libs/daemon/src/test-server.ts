import { join } from 'node:path';
import { createLogger, type Logger } from './logging.ts';
import { createRpcServer, type RpcServer } from './server.ts';
import { openChannel, type Channel } from './client.ts';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';

/** A real gRPC server on a Unix socket of its own, stopped when the test ends. */
export interface TestServer {
  socket: string;
  channel: Channel;
}

/** Serves what `build` adds, on a Unix socket in a temporary folder. Logs nothing. */
export async function startServer(build: (server: RpcServer, log: Logger) => void): Promise<TestServer> {
  const log = createLogger('test', 'silent');
  const server = createRpcServer(log);
  build(server, log);
  const socket = join(temporaryDirectory(), 'test.sock');
  await server.listen({ socket });
  const channel = openChannel({ address: `unix:${socket}` });
  onTestFinished(async () => {
    channel.close();
    await server.stop();
  });
  return { socket, channel };
}
