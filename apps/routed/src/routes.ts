import { RouteState, type Route } from '@mcp/proto/routed';

/** What makes a route one and the same. */
export type RouteKey = Pick<Route, 'hostname' | 'port'>;

/** A route as the proxy has it. */
export interface ActualRoute {
  route: Route;
  /** SHA-256 of the leaf that is served, lower-case hexadecimal; empty for l4. */
  fingerprint: string;
}

/** A route as it should be. */
export interface DesiredRoute {
  route: Route;
  /** Of the leaf in the certificate's file now; undefined for l4 and when it cannot be read. */
  fingerprint: string | undefined;
}

/** What to do to the proxy. */
export interface Changes {
  add: Route[];
  remove: RouteKey[];
}

/** "hostname:port", as routes are named in messages. */
export function keyOf({ hostname, port }: RouteKey): string {
  return `${hostname}:${port}`;
}

/** True when two routes say the same in every field. */
export function sameRoute(a: Route, b: Route): boolean {
  return (
    keyOf(a) === keyOf(b) &&
    a.mode === b.mode &&
    a.backend === b.backend &&
    a.backendTls === b.backendTls &&
    a.certificatePath === b.certificatePath &&
    a.keyPath === b.keyPath
  );
}

/**
 * How a desired route compares with the proxy's. A renewed certificate makes it differ; one whose
 * file cannot be read does not, for then the proxy's copy is the best there is.
 */
export function stateOf(desired: DesiredRoute, actual: ActualRoute | undefined): RouteState {
  if (!actual) return RouteState.MISSING;
  const renewed = desired.fingerprint !== undefined && desired.fingerprint !== actual.fingerprint;
  return sameRoute(desired.route, actual.route) && !renewed ? RouteState.IN_STEP : RouteState.DIFFERS;
}

/** What makes the proxy have every desired route and none of `removals`. Other routes are left alone. */
export function diffRoutes(options: {
  desired: readonly DesiredRoute[];
  removals: readonly RouteKey[];
  actual: readonly ActualRoute[];
}): Changes {
  const actual = new Map(options.actual.map((each) => [keyOf(each.route), each]));
  const wanted = new Set(options.desired.map(({ route }) => keyOf(route)));
  return {
    add: options.desired
      .filter((each) => stateOf(each, actual.get(keyOf(each.route))) !== RouteState.IN_STEP)
      .map(({ route }) => route),
    remove: options.removals.filter((key) => actual.has(keyOf(key)) && !wanted.has(keyOf(key))),
  };
}

/** True when two sets of routes are equal, in any order. */
export function sameRoutes(a: readonly Route[], b: readonly Route[]): boolean {
  const byKey = new Map(b.map((route) => [keyOf(route), route]));
  return (
    a.length === b.length &&
    a.every((route) => {
      const other = byKey.get(keyOf(route));
      return other !== undefined && sameRoute(route, other);
    })
  );
}
