import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';

/** The programs of a stack, in the order in which they are listed. */
export const stackPrograms = [
  { name: 'metacrypt', command: 'metacrypt' },
  { name: 'mcns', command: 'mcns' },
  { name: 'mc-proxy', command: 'mc-proxy' },
  { name: 'portd', command: 'mcp-portd' },
  { name: 'certd', command: 'mcp-certd' },
  { name: 'routed', command: 'mcp-routed' },
  { name: 'dnsd', command: 'mcp-dnsd' },
  { name: 'agent', command: 'mcp-agent' },
] as const;

export type ProgramName = (typeof stackPrograms)[number]['name'];

export const NODE = 'rift';
export const DOMAIN = 'svc.mcp.metacircular.net';
export const ARCH = arch === 'x64' ? 'amd64' : arch;

/** The container network of a stack. */
export function networkOf(namespace: string): string {
  return `mcpnet-${namespace}`;
}

/** sockaddr_un holds 108 bytes with the final zero. */
const LONGEST_SOCKET_PATH = 107;

/** Every path of a stack, all below one folder. */
export function layoutOf(dir: string) {
  const socket = (name: string) => join(dir, 'run', `${name}.sock`);
  return {
    dir,
    socket,
    database: (name: ProgramName) => join(dir, 'data', `${name}.db`),
    config: (name: ProgramName) => join(dir, 'etc', `${name}.toml`),
    log: (name: string) => join(dir, 'log', `${name}.log`),
    token: (account: string) => join(dir, 'secret', `${account}.token`),
    tokenFile: join(dir, 'secret', 'tokens.toml'),
    sealPassword: join(dir, 'secret', 'seal-password'),
    certificate: (name: string) => join(dir, 'tls', `${name}.pem`),
    key: (name: string) => join(dir, 'tls', `${name}.key`),
    root: join(dir, 'tls', 'ca.pem'),
    certificates: join(dir, 'certs'),
    haproxy: join(dir, 'haproxy'),
    services: join(dir, 'services'),
    volumes: join(dir, 'srv'),
    ports: join(dir, 'ports.json'),
    cliConfig: join(dir, 'mcp.toml'),
    engineConfig: join(dir, 'etc', 'containers.conf'),
    stackFile: join(dir, 'stack.json'),
  };
}

export type Layout = ReturnType<typeof layoutOf>;

/** Makes the folders. Throws when the folder's path is too long for Unix sockets. */
export function createFolders({ dir, socket, services, volumes, certificates }: Layout): void {
  const longest = socket('metacrypt');
  if (Buffer.byteLength(longest) > LONGEST_SOCKET_PATH) {
    throw new Error(
      `${dir} is too long: the socket ${longest} must fit in ${LONGEST_SOCKET_PATH} bytes; use a shorter --dir`,
    );
  }
  for (const folder of ['run', 'data', 'etc', 'log', 'tls'])
    mkdirSync(join(dir, folder), { recursive: true, mode: 0o750 });
  mkdirSync(join(dir, 'secret'), { recursive: true, mode: 0o700 });
  for (const folder of [services, volumes, certificates]) mkdirSync(folder, { recursive: true });
}
