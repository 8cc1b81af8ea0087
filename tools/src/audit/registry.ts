import { ServiceSpec, type ComponentSpec, type RouteSpec } from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import { readDatabase } from './database.ts';

/** A service as the agent's registry has it: the generation that should run, and whether it should. */
export interface RegisteredService {
  name: string;
  active: boolean;
  generation: number;
  spec: ServiceSpec;
  /** The container of every component. */
  containers: { component: string; name: string }[];
  /** The host port of every route. */
  ports: { component: string; route: string; port: number }[];
}

/** An operation that has not ended. */
export interface UnfinishedOperation {
  id: string;
  kind: string;
  service: string;
  state: string;
  /** JSON, step names. */
  stuck: string;
}

export interface Registry {
  services: RegisteredService[];
  unfinished: UnfinishedOperation[];
}

/** Reads the agent's own file, not its API. */
export function readRegistry(path: string): Registry {
  return readDatabase(path, (rows) => ({
    services: rows<{ name: string; active: number; content: string }>(
      `SELECT name, active, content FROM services
       LEFT JOIN generations ON generations.service = name AND number = generation ORDER BY name`,
    ).map(({ name, active, content }) => {
      const { number, spec, containers, ports } = JSON.parse(content) as Pick<
        RegisteredService,
        'containers' | 'ports'
      > & { number: number; spec: unknown };
      return {
        name,
        active: active === 1,
        generation: number,
        spec: ServiceSpec.fromJSON(spec),
        containers,
        ports,
      };
    }),
    unfinished: rows<UnfinishedOperation>(
      `SELECT id, kind, service, state, stuck FROM operations
       WHERE state NOT IN ('succeeded', 'up_to_date', 'rolled_back') ORDER BY sequence`,
    ),
  }));
}

/** A way into a service, with what should answer there. */
export interface DesiredRoute {
  hostname: string;
  /** The listener's. */
  port: number;
  mode: 'l4' | 'l7';
  component: ComponentSpec;
  /** "127.0.0.1:port". */
  backend: string;
}

/** "<node>/<service>". */
export function ownerOf({ spec, name }: RegisteredService): string {
  return `${spec.node}/${name}`;
}

/** The port of every route, or 0 where the registry has none. */
export function hostPortOf({ ports }: RegisteredService, component: string, route: string): number {
  return ports.find((slot) => slot.component === component && slot.route === route)?.port ?? 0;
}

/** The routes of a service while it is active, derived from its spec. */
export function routesOf(service: RegisteredService): DesiredRoute[] {
  return service.spec.components.flatMap((component) =>
    component.routes.map((route) => ({
      hostname: route.hostname,
      port: route.port,
      mode: modeOf(route),
      component,
      backend: `127.0.0.1:${hostPortOf(service, component.name, route.name)}`,
    })),
  );
}

export function modeOf({ mode }: Pick<RouteSpec, 'mode'>): 'l4' | 'l7' {
  return mode === RouteMode.L7 ? 'l7' : 'l4';
}

/** Hostnames of l7 routes, each once: those with a certificate. */
export function certifiedHostnames(service: RegisteredService): string[] {
  return [
    ...new Set(
      routesOf(service)
        .filter(({ mode }) => mode === 'l7')
        .map(({ hostname }) => hostname),
    ),
  ];
}

/** The version that a component should answer: its image's tag. */
export function versionOf({ image }: Pick<ComponentSpec, 'image'>): string {
  return image.slice(image.lastIndexOf(':') + 1);
}
