import type { ComponentSpec, RouteSpec, ServiceSpec } from '@mcp/proto/agent';
import { findPlace, type Place } from '@mcp/toml/positions';
import type { ProblemLog } from './problem-log.ts';
import { quote } from './quote.ts';
import { componentTitle, routeTitle } from './title.ts';
import { mountPoint } from './volume.ts';

/** Notes who holds `key`, and reports a second one with the line of the first. */
type Claim = (key: string, at: number, message: string) => void;

/** Reports what may be there only once; what is empty or 0 in `spec` was wrong and is left out. */
export function checkUniqueness(spec: ServiceSpec, root: Place, log: ProblemLog): void {
  const claimComponent = createClaims(log);
  const claimListener = createClaims(log);
  const claimPort = createClaims(log);

  spec.components.forEach((component, index) => {
    const place = findPlace(root, ['components', index]) ?? root;
    const title = componentTitle(component.name, index + 1);
    if (component.name !== '') {
      claimComponent(
        component.name,
        valueOf(place, 'name'),
        `two components are named ${quote(component.name)}`,
      );
    }
    checkRoutes(component, { place, title, log, claimListener });
    checkVolumes(component, { place, title, log });
    component.ports.forEach(({ hostIp, hostPort, protocol }, port) => {
      if (hostPort === 0) return;
      const key = `${hostIp} ${hostPort} ${protocol}`;
      const message = `ports of ${title} publishes port ${hostPort}/${protocol} of the node a second time`;
      claimPort(key, valueOf(place, 'ports', port), message);
    });
  });
}

function checkRoutes(
  { routes }: ComponentSpec,
  {
    place,
    title,
    log,
    claimListener,
  }: { place: Place; title: string; log: ProblemLog; claimListener: Claim },
): void {
  const claimName = createClaims(log);
  routes.forEach((route, index) => {
    if (route.name !== '') {
      claimName(
        route.name,
        valueOf(place, 'routes', index, 'name'),
        `two routes of ${title} are named ${quote(route.name)}`,
      );
    } else if (routes.length > 1 && !findPlace(place, ['routes', index, 'name'])) {
      const message = `route ${index + 1} of ${title} needs a name: the component has ${routes.length} routes`;
      log.add(valueOf(place, 'routes', index), message);
    }
    const isHostnameWrong =
      route.hostname === '' && findPlace(place, ['routes', index, 'hostname']) !== undefined;
    if (route.port === 0 || isHostnameWrong) return;
    const message = `${listenerOf(route)} is taken twice, here by ${routeTitle(route.name, index + 1)} of ${title}`;
    claimListener(`${route.hostname} ${route.port}`, valueOf(place, 'routes', index, 'port'), message);
  });
}

function checkVolumes(
  { volumes }: ComponentSpec,
  { place, title, log }: { place: Place; title: string; log: ProblemLog },
): void {
  const claim = createClaims(log);
  volumes.forEach(({ containerPath }, index) => {
    if (containerPath === '') return;
    const path = mountPoint(containerPath);
    claim(path, valueOf(place, 'volumes', index), `volumes of ${title} mounts ${quote(path)} twice`);
  });
}

function listenerOf({ hostname, port }: RouteSpec): string {
  return `port ${port} of ${hostname === '' ? 'the default hostname' : quote(hostname)}`;
}

function createClaims(log: ProblemLog): Claim {
  const holders = new Map<string, number>();
  return (key, at, message) => {
    const first = holders.get(key);
    if (first === undefined) holders.set(key, at);
    else log.add(at, `${message}, first in line ${log.lineOf(first)}`);
  };
}

function valueOf(place: Place, ...path: (string | number)[]): number {
  return (findPlace(place, path) ?? place).value;
}
