import { millisecondsOf } from '@mcp/daemon/duration';
import type { ComponentSpec } from '@mcp/proto/agent';
import type { RouteKey } from '@mcp/proto/routed';
import { backendsOf } from './desired.ts';
import type { Generation } from './generation.ts';

const DEFAULT_HOLD_MS = 10_000;
const DEFAULT_DRAIN_MS = 10_000;

/** A component's way from the proxy, and how long it may be held and drained. */
export interface Traffic {
  owner: string;
  /** The routes that lead to it now; empty when it is not served. */
  routes: RouteKey[];
  /** "<host>:<port>" of its container's ports. */
  backends: string[];
  /** How long new requests wait while it is replaced. */
  holdMs: number;
  /** How long open requests and streams may go on before it stops. */
  drainMs: number;
}

/** How a drain ended. */
export interface Drained {
  /** Requests and streams that were open when it began. */
  open: number;
  /** Those that were still open at its end, and end with the container. */
  cut: number;
  /** Why they could not be counted. */
  unknown?: string;
}

/** How long requests to a component may be held, and go on. */
export function patienceOf(component: Pick<ComponentSpec, 'hold' | 'drain'> | undefined) {
  return {
    holdMs: millisecondsOf(component?.hold) ?? DEFAULT_HOLD_MS,
    drainMs: millisecondsOf(component?.drain) ?? DEFAULT_DRAIN_MS,
  };
}

/** The traffic of a component in the generation that is served now; none when nothing is. */
export function trafficOf(
  component: Pick<ComponentSpec, 'name' | 'hold' | 'drain'>,
  options: { owner: string; served: Generation | undefined; backendAddress: string },
): Traffic {
  const { owner, served, backendAddress } = options;
  const backends = served ? backendsOf(served.ports, component.name, backendAddress) : [];
  return {
    owner,
    backends,
    routes: (served?.routes ?? [])
      .filter(({ backend }) => backends.includes(backend))
      .map(({ hostname, port }) => ({ hostname, port })),
    ...patienceOf(component),
  };
}

/** ", 0 of 37 connections cut"; empty when there were none. */
export function drainedWords(drained: readonly Drained[]): string {
  const unknown = drained.find((each) => each.unknown !== undefined)?.unknown;
  if (unknown !== undefined) return `, connections could not be counted: ${unknown}`;
  const open = drained.reduce((sum, each) => sum + each.open, 0);
  const cut = drained.reduce((sum, each) => sum + each.cut, 0);
  return open === 0 ? '' : `, ${cut} of ${open} connections cut`;
}
