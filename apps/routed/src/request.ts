import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { parseAddress } from '@mcp/daemon/address';
import { millisecondsOf } from '@mcp/daemon/duration';
import { ServiceError } from '@mcp/daemon/errors';
import { RouteMode, type Route } from '@mcp/proto/routed';
import type { Duration } from '@mcp/proto/duration';
import { keyOf, type RouteKey } from './routes.ts';

const HOSTNAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/**
 * Returns the routes as they are stored: hostnames in lower case, nothing of l7 in an l4 route.
 * What is `planned` may lack backends and certificate paths, which come later in a deploy.
 * Throws invalid_argument with the field.
 */
export function checkRoutes(routes: readonly Route[], when: 'planned' | 'applied'): Route[] {
  const seen = new Set<string>();
  return routes.map((given) => {
    const route = normalize(given);
    checkShape(route);
    if (when === 'applied' || route.backend !== '') checkBackend(route);
    if (when === 'applied' && route.mode === RouteMode.L7) checkPaths(route);
    if (seen.has(keyOf(route))) throw invalid(route, 'hostname', 'is named twice with this port');
    seen.add(keyOf(route));
    return route;
  });
}

const MAX_HOLD_MS = 600_000;

/** Returns the keys as routes are stored. Throws invalid_argument. */
export function checkKeys(keys: readonly RouteKey[]): RouteKey[] {
  return keys.map(({ hostname, port }) => {
    const key = { hostname: hostname.toLowerCase(), port };
    checkKey(key);
    return key;
  });
}

/** Throws invalid_argument unless the hold is more than 0 and at most 10 minutes, as the proxy wants it. */
export function checkHold(hold: Duration | undefined): Duration {
  const ms = millisecondsOf(hold) ?? 0;
  if (hold && ms > 0 && ms <= MAX_HOLD_MS) return hold;
  throw new ServiceError(
    'invalid_argument',
    `hold must be more than 0 and at most ${MAX_HOLD_MS / 1000} s, not ${ms / 1000} s`,
    { details: { field: 'hold' } },
  );
}

/** Throws invalid_argument unless each is "<host>:<port>". */
export function checkBackends(backends: readonly string[]): readonly string[] {
  const wrong = backends.find((backend) => !isHostAndPort(backend));
  if (wrong === undefined) return backends;
  throw new ServiceError('invalid_argument', `backend must be "<host>:<port>", not "${wrong}"`, {
    details: { field: 'backends' },
  });
}

function normalize(route: Route): Route {
  const hostname = route.hostname.toLowerCase();
  return route.mode === RouteMode.L4
    ? { ...route, hostname, certificatePath: '', keyPath: '' }
    : { ...route, hostname };
}

function checkKey(key: RouteKey): void {
  if (!HOSTNAME.test(key.hostname) || isIP(key.hostname) !== 0)
    throw invalid(key, 'hostname', 'must be a DNS name, without wildcards');
  if (key.port < 1 || key.port > 65535) throw invalid(key, 'port', 'must be 1 to 65535');
}

function checkShape(route: Route): void {
  checkKey(route);
  if (route.mode !== RouteMode.L4 && route.mode !== RouteMode.L7)
    throw invalid(route, 'mode', 'must be l4 or l7');
  if (route.mode === RouteMode.L4 && route.backendTls)
    throw invalid(route, 'backend_tls', 'is for l7 only: an l4 backend does its own TLS');
}

function checkBackend(route: Route): void {
  if (!isHostAndPort(route.backend))
    throw invalid(route, 'backend', `must be "<host>:<port>", not "${route.backend}"`);
}

function isHostAndPort(text: string): boolean {
  try {
    return parseAddress(text).kind === 'tcp';
  } catch {
    return false;
  }
}

function checkPaths(route: Route): void {
  if (!isAbsolute(route.certificatePath))
    throw invalid(route, 'certificate_path', 'must be an absolute path');
  if (!isAbsolute(route.keyPath)) throw invalid(route, 'key_path', 'must be an absolute path');
}

function invalid(route: RouteKey, field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `route ${keyOf(route)}: ${field} ${reason}`, {
    details: { field: `routes.${field}` },
  });
}
