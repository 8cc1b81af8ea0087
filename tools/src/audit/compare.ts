import { X509Certificate } from 'node:crypto';
import { doorKey } from './door.ts';
import type { Readings } from './readings.ts';
import {
  certifiedHostnames,
  hostPortOf,
  ownerOf,
  routesOf,
  versionOf,
  type RegisteredService,
} from './registry.ts';
import { compareEntries, type Violation } from './violation.ts';

/**
 * Everything that is not as the registry says: a service that is not wholly in its generation, wholly
 * stopped, or wholly gone; and everything that is there for nobody.
 */
export function findViolations(readings: Readings): Violation[] {
  return [
    ...compareOperations(readings),
    ...compareContainers(readings),
    ...compareLeases(readings),
    ...compareCertificates(readings),
    ...compareRoutes(readings),
    ...compareDataPlane(readings),
    ...compareRecords(readings),
    ...compareDoors(readings),
  ];
}

function compareOperations({ registry }: Readings): Violation[] {
  return registry.unfinished.map(({ id, kind, service, state, stuck }) => ({
    where: 'agent journal',
    what: `${kind} ${id} of ${service} has not ended: ${state}${stuck === '[]' ? '' : `, stuck ${stuck}`}`,
  }));
}

function compareContainers({ registry, containers, imageIds }: Readings): Violation[] {
  const wanted = registry.services.flatMap((service) =>
    service.spec.components.map((component) => {
      const name = service.containers.find((each) => each.component === component.name)?.name;
      const ports = component.routes.map((route) => hostPortOf(service, component.name, route.name));
      const fixed = component.ports.map(({ hostPort }) => hostPort);
      const value = describe({
        name: name ?? 'none',
        running: service.active,
        imageId: imageIds.get(component.image) ?? '',
        ports: [...ports, ...fixed].sort((a, b) => a - b),
      });
      return [`${service.name}/${component.name}`, value] as const;
    }),
  );
  const found = containers.map((container) => {
    const value = describe({ ...container, running: container.state === 'running' });
    return [`${container.service}/${container.component}`, value] as const;
  });
  const late = containers.flatMap(({ name, service, generation }) => {
    const recorded = registry.services.find((each) => each.name === service)?.generation ?? generation;
    if (generation <= recorded) return [];
    return [{ where: 'engine', what: `${name} is of generation ${generation}, recorded is ${recorded}` }];
  });
  return [...compareEntries({ where: 'engine', noun: 'container', wanted, found }), ...late];
}

function describe(container: { name: string; running: boolean; imageId: string; ports: number[] }): string {
  const { name, running, imageId, ports } = container;
  const published = ports.length > 0 ? ` on ${ports.join(', ')}` : '';
  return `${name} ${running ? 'running' : 'stopped'}${published} of image ${imageId.slice(0, 12)}`;
}

function compareLeases({ registry, stores }: Readings): Violation[] {
  const wanted = registry.services.flatMap((service) =>
    service.spec.components.flatMap((component) =>
      component.routes.map(
        (route) =>
          [
            `${ownerOf(service)} ${component.name}/${route.name}`,
            String(hostPortOf(service, component.name, route.name)),
          ] as const,
      ),
    ),
  );
  const found = stores.leases.map(
    ({ owner, component, route, port }) => [`${owner} ${component}/${route}`, String(port)] as const,
  );
  return compareEntries({ where: 'portd', noun: 'lease', wanted, found });
}

function compareCertificates({ registry, stores, certificateFiles }: Readings): Violation[] {
  const wanted = registry.services.flatMap((service) =>
    certifiedHostnames(service).map((hostname) => [hostname, `of ${ownerOf(service)}`] as const),
  );
  const found = stores.certificates.map(
    ({ hostname, owner, chain }) =>
      [hostname, `of ${owner}${chain === null ? ', never issued' : ''}`] as const,
  );
  const hostnames = new Set(wanted.map(([hostname]) => hostname));
  const issued = stores.certificates.flatMap(({ hostname, file_base, chain }) =>
    chain === null || !hostnames.has(hostname)
      ? []
      : ([
          [`${file_base}.pem`, chain],
          [`${file_base}.key`, undefined],
        ] as const),
  );
  return [
    ...compareEntries({ where: 'certd', noun: 'certificate', wanted, found }),
    ...compareEntries({
      where: 'certificate folder',
      noun: 'file',
      wanted: issued.map(([name]) => [name, 'there'] as const),
      found: [...certificateFiles.keys()].map((name) => [name, 'there'] as const),
    }),
    ...issued
      .filter(([name, chain]) => chain !== undefined && (certificateFiles.get(name) ?? chain) !== chain)
      .map(([name]) => ({ where: 'certificate folder', what: `${name} is not what certd has issued` })),
  ];
}

function activeRoutes({ registry }: Readings) {
  return activeServices(registry.services).flatMap((service) =>
    routesOf(service).map((route) => ({ service, route })),
  );
}

function activeServices(services: readonly RegisteredService[]): RegisteredService[] {
  return services.filter(({ active }) => active);
}

function compareRoutes(readings: Readings): Violation[] {
  const { stores } = readings;
  const routes = activeRoutes(readings);
  const key = (route: { hostname: string; port: number }) => `${route.hostname}:${route.port}`;
  const value = ({ mode, backend }: { mode: string; backend: string }) => `${mode} to ${backend}`;
  const wanted = routes.map(({ route }) => [key(route), value(route)] as const);
  return [
    ...compareEntries({
      where: 'routed',
      noun: 'route',
      wanted: routes.map(
        ({ service, route }) => [key(route), `${value(route)} of ${ownerOf(service)}`] as const,
      ),
      found: stores.routes.map((route) => [key(route), `${value(route)} of ${route.owner}`] as const),
    }),
    ...compareEntries({
      where: 'routed',
      noun: 'removal',
      wanted: [],
      found: stores.removals.map((removal) => [key(removal), 'not made yet'] as const),
    }),
    ...compareEntries({
      where: 'mc-proxy',
      noun: 'route',
      wanted,
      found: stores.proxyRoutes.map((route) => [key(route), value(route)] as const),
    }),
  ];
}

function compareDataPlane(readings: Readings): Violation[] {
  const { haproxy } = readings;
  const routes = activeRoutes(readings).map(({ route }) => route);
  const certificates = routes
    .filter(({ mode }) => mode === 'l7')
    .map(({ port, hostname }) => [`${port}-${hostname}`, 'there'] as const);
  const there = (names: readonly string[]) => names.map((name) => [name, 'there'] as const);
  return [
    ...compareEntries({
      where: 'HAProxy',
      noun: 'map entry',
      wanted: routes.map(
        ({ mode, port, hostname, backend }) => [`${mode}-${port} ${hostname}`, backend] as const,
      ),
      found: haproxy.entries.map(
        ({ mode, port, hostname, backend }) => [`${mode}-${port} ${hostname}`, backend] as const,
      ),
    }),
    ...compareEntries({
      where: 'HAProxy',
      noun: 'certificate',
      wanted: certificates,
      found: there(haproxy.certificates),
    }),
    ...compareEntries({
      where: 'HAProxy',
      noun: 'certificate list entry',
      wanted: certificates,
      found: there(haproxy.listed),
    }),
    ...compareEntries({ where: 'HAProxy', noun: 'entry', wanted: [], found: there(haproxy.others) }),
  ];
}

function compareRecords(readings: Readings): Violation[] {
  const { stores, addresses, nodeAddresses } = readings;
  const records = activeServices(readings.registry.services).flatMap((service) =>
    [...new Set(routesOf(service).map(({ hostname }) => hostname))].flatMap((name) =>
      nodeAddresses.map((value) => ({ name, value, owner: ownerOf(service) })),
    ),
  );
  const key = ({ name, value }: { name: string; value: string }) => `${name} A ${value}`;
  const found = (rows: readonly { name: string; type: string; value: string }[]) =>
    rows.map(({ name, type, value }) => [`${name} ${type} ${value}`, 'there'] as const);
  const wanted = records.map((record) => [key(record), 'there'] as const);
  return [
    ...compareEntries({
      where: 'dnsd',
      noun: 'record',
      wanted: records.map((record) => [key(record), `of ${record.owner}`] as const),
      found: stores.records.map(
        ({ owner, name, type, value }) => [`${name} ${type} ${value}`, `of ${owner}`] as const,
      ),
    }),
    ...compareEntries({
      where: 'dnsd',
      noun: 'owned record',
      wanted,
      found: found(stores.ownedRecords),
    }),
    ...compareEntries({ where: 'MCNS', noun: 'record', wanted, found: found(stores.zoneRecords) }),
    ...compareEntries({
      where: 'DNS',
      noun: 'name',
      wanted: [...Map.groupBy(records, ({ name }) => name)].map(
        ([name, values]) =>
          [
            name,
            values
              .map(({ value }) => value)
              .sort()
              .join(', '),
          ] as const,
      ),
      found: [...addresses]
        .filter(([, values]) => values.length > 0)
        .map(([name, values]) => [name, values.join(', ')] as const),
    }),
  ];
}

/** What a client from outside meets: exactly the recorded container of every active route, and closed doors else. */
function compareDoors(readings: Readings): Violation[] {
  const { containers, stores, doors } = readings;
  const open = activeRoutes(readings).map(({ service, route }) => {
    const { name } = service.containers.find((each) => each.component === route.component.name) ?? {};
    const id = containers.find((container) => container.name === name)?.id ?? 'none';
    const row = stores.certificates.find(({ hostname }) => hostname === route.hostname);
    const shown = route.mode === 'l7' ? ` with certificate ${fingerprintOf(row?.chain)}` : '';
    return [
      doorKey(route),
      `version ${versionOf(route.component)} from container ${id.slice(0, 12)}${shown}`,
    ] as const;
  });
  const keys = new Set(open.map(([key]) => key));
  const answered = doors
    .filter(({ door, reading }) => keys.has(doorKey(door)) || !('closed' in reading))
    .map(({ door, reading }) => {
      if ('closed' in reading) return [doorKey(door), `closed (${reading.closed})`] as const;
      const shown = door.mode === 'l7' ? ` with certificate ${reading.fingerprint.slice(0, 23)}` : '';
      const { version, container } = reading;
      return [doorKey(door), `version ${version} from container ${container}${shown}`] as const;
    });
  return compareEntries({ where: 'TLS through the proxy', noun: 'door', wanted: open, found: answered });
}

function fingerprintOf(chain: string | null | undefined): string {
  return chain === null || chain === undefined
    ? 'none'
    : new X509Certificate(chain).fingerprint256.slice(0, 23);
}
