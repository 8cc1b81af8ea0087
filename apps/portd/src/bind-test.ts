import { createServer } from 'node:net';

/** True when nothing holds the TCP port on any of the addresses. */
export async function isFree(port: number, addresses: readonly string[]): Promise<boolean> {
  for (const host of addresses) {
    if (!(await canBind(port, host))) return false;
  }
  return true;
}

function canBind(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
