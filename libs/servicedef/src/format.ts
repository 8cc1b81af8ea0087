import {
  UpdateStrategy,
  type ComponentSpec,
  type HealthCheck,
  type RouteSpec,
  type ServiceSpec,
} from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import { stringify } from 'smol-toml';
import { formatDuration } from './duration.ts';
import { isBareName, pinnedVersion, readImageReference } from './image.ts';
import { formatMemory } from './memory.ts';
import { formatPublishedPort } from './published-port.ts';
import { defaultImageName, mainComponent } from './resolve-image.ts';
import { formatVolume } from './volume.ts';

/**
 * Returns the shortest definition that parses to `spec` with the same registry: what is a
 * default is left out. Comments and the operator's own layout are not in a spec.
 */
export function formatServiceDefinition(spec: ServiceSpec, { registry }: { registry: string }): string {
  return stringify({
    name: spec.name,
    node: spec.node,
    version: textOrNothing(spec.version),
    active: spec.active ? undefined : false,
    path: spec.path === spec.name ? undefined : spec.path,
    build: Object.keys(spec.buildImages).length > 0 ? { images: spec.buildImages } : undefined,
    components: spec.components.map((component) => componentTable(component, spec, registry)),
  });
}

function componentTable(component: ComponentSpec, spec: ServiceSpec, registry: string): object {
  return {
    name: component.name,
    ...imageKeys(component, spec, registry),
    cmd: listOrNothing(component.cmd),
    env: listOrNothing(component.env.map(({ name, value }) => `${name}=${value}`)),
    volumes: listOrNothing(component.volumes.map(formatVolume)),
    network: textOrNothing(component.network),
    user: textOrNothing(component.user),
    restart: textOrNothing(component.restart),
    ports: listOrNothing(component.ports.map(formatPublishedPort)),
    depends_on: listOrNothing(component.dependsOn),
    strategy: component.strategy === UpdateStrategy.OVERLAP ? 'overlap' : undefined,
    hold: component.hold && formatDuration(component.hold),
    drain: component.drain && formatDuration(component.drain),
    memory: component.memoryBytes > 0n ? formatMemory(component.memoryBytes) : undefined,
    cpus: numberOrNothing(component.cpus),
    health: component.health && healthTable(component.health),
    routes: listOrNothing(component.routes.map(routeTable)),
  };
}

/** An image of the operator's registry is named bare; any other is a full reference that brings its version. */
function imageKeys(component: ComponentSpec, spec: ServiceSpec, registry: string): object {
  const { name, image, version } = component;
  const bareName = bareNameOf(component, registry);
  if (bareName === undefined) {
    const pinned = pinnedVersion(readImageReference(image)) ?? spec.version;
    return { image, version: version === pinned ? undefined : version };
  }
  const isDefault =
    bareName === defaultImageName(spec.name, name, mainComponent(spec.components) === component);
  return {
    image: isDefault ? undefined : bareName,
    version: version === spec.version ? undefined : version,
  };
}

function bareNameOf({ image, version }: ComponentSpec, registry: string): string | undefined {
  const [before, after] = [`${registry}/`, `:${version}`];
  if (!image.startsWith(before) || !image.endsWith(after)) return undefined;
  const reference = readImageReference(image.slice(before.length, -after.length));
  return reference && isBareName(reference) ? reference.name : undefined;
}

function healthTable(health: HealthCheck): object {
  return {
    path: textOrNothing(health.path),
    route: textOrNothing(health.route),
    command: listOrNothing(health.command),
    interval: health.interval && formatDuration(health.interval),
    timeout: health.timeout && formatDuration(health.timeout),
    retries: numberOrNothing(health.retries),
    start_period: health.startPeriod && formatDuration(health.startPeriod),
  };
}

function routeTable(route: RouteSpec): object {
  return {
    name: textOrNothing(route.name),
    port: route.port,
    mode: route.mode === RouteMode.L7 ? 'l7' : undefined,
    hostname: textOrNothing(route.hostname),
    backend_tls: route.backendTls ? true : undefined,
  };
}

function textOrNothing(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function numberOrNothing(number: number): number | undefined {
  return number === 0 ? undefined : number;
}

function listOrNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
