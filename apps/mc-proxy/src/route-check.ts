import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { parseAddress } from '@mcp/daemon/address';
import { ServiceError } from '@mcp/daemon/errors';
import { RouteMode, type Route } from '@mcp/proto/mc-proxy';

const HOSTNAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/**
 * Returns the route as it is stored: hostname in lower case, nothing of l7 in an l4 route.
 * Throws invalid_argument with the field, or not_found when `listenerPorts` lacks its port.
 */
export function checkRoute(route: Route | undefined, listenerPorts: readonly number[]): Route {
  if (!route) throw invalid('route', 'is required');
  const hostname = checkHostname(route.hostname, 'route.hostname');
  parseBackend(route.backend);
  if (!listenerPorts.includes(route.port)) throw noListener(route.port, listenerPorts);
  const checked = { ...route, hostname, certificateFingerprint: '' };
  if (route.mode === RouteMode.L4) {
    if (route.backendTls)
      throw invalid('route.backend_tls', 'is for l7 only: an l4 backend does its own TLS');
    return { ...checked, certificatePath: '', keyPath: '' };
  }
  if (route.mode !== RouteMode.L7) throw invalid('route.mode', 'must be l4 or l7');
  for (const [field, path] of [
    ['route.certificate_path', route.certificatePath],
    ['route.key_path', route.keyPath],
  ] as const) {
    if (!isAbsolute(path)) throw invalid(field, `must be an absolute path for an l7 route, not "${path}"`);
  }
  return checked;
}

/** Returns the hostname in lower case. Throws invalid_argument for a wildcard, an address and anything else that is not a name. */
export function checkHostname(hostname: string, field: string): string {
  const name = hostname.toLowerCase();
  if (name.includes('*')) throw invalid(field, `must be one exact name, not the wildcard "${hostname}"`);
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0)
    throw invalid(
      field,
      `must be a name, not the address "${hostname}": TLS clients send no SNI for addresses`,
    );
  if (!HOSTNAME.test(name)) throw invalid(field, `must be a DNS name, not "${hostname}"`);
  return name;
}

/** Where a backend is. "localhost" is 127.0.0.1; other names are not looked up. Throws invalid_argument with the field. */
export function parseBackend(backend: string, field = 'route.backend'): { host: string; port: number } {
  const address = tryParse(backend);
  const host = address?.host === 'localhost' ? '127.0.0.1' : address?.host;
  if (!address || host === undefined || isIP(host) === 0 || address.port === 0) {
    throw invalid(field, `must be "<ip>:<port>", "[<ipv6>]:<port>" or "localhost:<port>", not "${backend}"`);
  }
  return { host, port: address.port };
}

function tryParse(text: string): { host: string; port: number } | undefined {
  try {
    const address = parseAddress(text);
    return address.kind === 'tcp' ? address : undefined;
  } catch {
    return undefined;
  }
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}

function noListener(port: number, listenerPorts: readonly number[]): ServiceError {
  return new ServiceError(
    'not_found',
    `no listener ${port}: this proxy has ${listenerPorts.join(', ')}; add [[listeners]] to its configuration for another`,
    { details: { field: 'route.port', resource: String(port) } },
  );
}
