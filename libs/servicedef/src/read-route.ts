import type { RouteSpec } from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import { dnsLabel } from './dns-label.ts';
import { choiceForm, flag, port } from './form.ts';
import { hostname } from './hostname.ts';
import type { Section } from './section.ts';

export const ROUTE_KEYS = ['name', 'port', 'mode', 'hostname', 'backend_tls'] as const;

const mode = choiceForm<RouteMode>({ l4: RouteMode.L4, l7: RouteMode.L7 });

/** Reads a route; what is wrong or missing is empty or 0 in it. */
export function readRoute(section: Section): RouteSpec {
  const route: RouteSpec = {
    name: section.read('name', dnsLabel) ?? '',
    port: section.readRequired('port', port) ?? 0,
    mode: section.read('mode', mode) ?? RouteMode.L4,
    hostname: section.read('hostname', hostname) ?? '',
    backendTls: section.read('backend_tls', flag) ?? false,
  };
  if (route.backendTls && route.mode === RouteMode.L4) {
    section.report(
      'backend_tls',
      `backend_tls of ${section.title} needs mode "l7": with l4 the backend does its own TLS`,
    );
  }
  return route;
}
