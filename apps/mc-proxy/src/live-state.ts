import { RouteMode, type Route } from '@mcp/proto/mc-proxy';
import type { Certificate } from './certificate.ts';
import type { Layout } from './haproxy-layout.ts';
import { parseBackend } from './route-check.ts';

/** A route with the certificate it is served with; an l4 route has none. */
export interface ServedRoute {
  route: Route;
  certificate?: Certificate;
}

/** What HAProxy has loaded, by the paths it names things by. */
export interface LiveState {
  /** Map file to its entries. */
  maps: Map<string, Map<string, string>>;
  /** Certificate list to the certificates in it, each with the hostname it answers for. */
  lists: Map<string, Map<string, string>>;
  /** Certificate to what tells its content from every other. */
  certificates: Map<string, string>;
}

/** One command to HAProxy. */
export type Change =
  | { kind: 'load certificate' | 'replace certificate' | 'unload certificate'; path: string }
  | { kind: 'list certificate'; list: string; path: string; hostname: string }
  | { kind: 'unlist certificate'; list: string; path: string }
  | { kind: 'add entry' | 'set entry'; map: string; hostname: string; target: string }
  | { kind: 'remove entry'; map: string; hostname: string };

/** What HAProxy should have loaded for these routes. A route of a port that is no listener is left out. */
export function desiredState(
  layout: Layout,
  ports: readonly number[],
  routes: readonly ServedRoute[],
): LiveState {
  const state: LiveState = { maps: new Map(), lists: new Map(), certificates: new Map() };
  for (const port of ports) {
    state.maps.set(layout.l4Map(port), new Map());
    state.maps.set(layout.l7Map(port), new Map());
    state.lists.set(layout.certificateList(port), new Map());
  }
  for (const { route, certificate } of routes) {
    const { port, hostname } = route;
    const target = targetOf(route.backend);
    if (route.mode === RouteMode.L4) {
      state.maps.get(layout.l4Map(port))?.set(hostname, target);
    } else if (certificate && ports.includes(port)) {
      const path = layout.certificate(port, hostname);
      const scheme = route.backendTls ? 'tls' : 'http';
      state.maps.get(layout.l7Map(port))?.set(hostname, `${scheme}/${target}`);
      state.lists.get(layout.certificateList(port))?.set(path, hostname);
      state.certificates.set(path, contentOf(certificate));
    }
  }
  return state;
}

/** "<ip>/<port>" of a backend: how maps name it, and the tables of what is open. Throws invalid_argument with the field. */
export function targetOf(backend: string, field?: string): string {
  const { host, port } = parseBackend(backend, field);
  return `${host}/${port}`;
}

/** HAProxy can only be asked for the SHA-1 of a leaf; chain and key are told apart by the whole text. */
export function contentOf({ sha1, pem }: Pick<Certificate, 'sha1' | 'pem'>): string {
  return `${sha1} ${pem}`;
}

/**
 * The commands that make `actual` into `desired`, in an order in which a hostname that stays is
 * served throughout: certificates before the entries that need them, additions before removals.
 */
export function changesBetween(actual: LiveState, desired: LiveState): Change[] {
  return [
    ...certificatesToLoad(actual, desired),
    ...listChanges(actual, desired, 'add'),
    ...entriesToSet(actual, desired),
    ...entriesToRemove(actual, desired),
    ...listChanges(actual, desired, 'remove'),
    ...[...actual.certificates.keys()]
      .filter((path) => !desired.certificates.has(path))
      .map((path) => ({ kind: 'unload certificate', path }) as const),
  ];
}

function certificatesToLoad(actual: LiveState, desired: LiveState): Change[] {
  return [...desired.certificates].flatMap(([path, content]): Change[] => {
    const loaded = actual.certificates.get(path);
    if (loaded === content) return [];
    return [{ kind: loaded === undefined ? 'load certificate' : 'replace certificate', path }];
  });
}

function listChanges(actual: LiveState, desired: LiveState, what: 'add' | 'remove'): Change[] {
  const [wanted, present] = what === 'add' ? [desired, actual] : [actual, desired];
  return [...wanted.lists].flatMap(([list, entries]) =>
    [...entries]
      .filter(([path]) => !present.lists.get(list)?.has(path))
      .map(([path, hostname]): Change =>
        what === 'add'
          ? { kind: 'list certificate', list, path, hostname }
          : { kind: 'unlist certificate', list, path },
      ),
  );
}

function entriesToSet(actual: LiveState, desired: LiveState): Change[] {
  return [...desired.maps].flatMap(([map, entries]) =>
    [...entries].flatMap(([hostname, target]): Change[] => {
      const present = actual.maps.get(map)?.get(hostname);
      if (present === target) return [];
      return [{ kind: present === undefined ? 'add entry' : 'set entry', map, hostname, target }];
    }),
  );
}

function entriesToRemove(actual: LiveState, desired: LiveState): Change[] {
  return [...actual.maps].flatMap(([map, entries]) =>
    [...entries.keys()]
      .filter((hostname) => !desired.maps.get(map)?.has(hostname))
      .map((hostname): Change => ({ kind: 'remove entry', map, hostname })),
  );
}
