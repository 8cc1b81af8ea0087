import { isAbsolute } from 'node:path';

/** Where a gRPC server is: a Unix socket or a TCP address. */
export type Address = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number };

/**
 * Reads "unix:/path", "/path", "host:port" or "[ipv6]:port". Throws a plain Error
 * that says what is expected.
 */
export function parseAddress(text: string): Address {
  const path = text.replace(/^unix:(\/\/)?/, '');
  if (isAbsolute(path)) return { kind: 'unix', path };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65535) {
    throw new Error(`"${text}" is not an address: expected unix:/path, host:port or [ipv6]:port`);
  }
  return { kind: 'tcp', host, port };
}

/** The form in which @grpc/grpc-js takes an address; a Unix path needs three slashes there. */
export function grpcTarget(address: Address): string {
  return address.kind === 'unix' ? `unix://${address.path}` : joinHostPort(address.host, address.port);
}

/** "host:port", an IPv6 host in brackets. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
