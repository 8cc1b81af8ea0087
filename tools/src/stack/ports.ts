import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const portNames = ['443', '8443', '9443', 'dns', 'mcns', 'metacrypt', 'agent'] as const;

/** The TCP ports of a stack on loopback; "443" and the like are the proxy's listeners, "dns" is UDP too. */
export type StackPorts = Record<(typeof portNames)[number], number>;

/** Reads the ports that the stack had before, or picks free ones; a port that is taken by now is picked anew. */
export async function choosePorts(file: string): Promise<StackPorts> {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<StackPorts>) : {};
  const chosen = new Map<string, number>();
  for (const name of portNames) {
    const known = before[name];
    const port =
      known !== undefined && (await isFree(known)) ? known : await freePort(new Set(chosen.values()));
    chosen.set(name, port);
  }
  const ports = Object.fromEntries(chosen) as StackPorts;
  writeFileSync(file, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}

/** Ports of this machine that nobody has, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(await freePort(chosen));
  return [...chosen];
}

async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    // Below the kernel's ephemeral range, so that no outgoing connection takes it between runs.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  return (await canListen(port)) && (await canBind(port));
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
