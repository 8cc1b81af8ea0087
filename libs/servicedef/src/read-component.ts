import { RouteSpec, UpdateStrategy, type ComponentSpec } from '@mcp/proto/agent';
import { dnsLabel } from './dns-label.ts';
import { durationAboveZeroUpTo, durationUpTo } from './duration.ts';
import { choiceForm, patternForm, positiveNumber, text, type Form } from './form.ts';
import { image, type ImageReference } from './image.ts';
import { memory } from './memory.ts';
import { publishedPort } from './published-port.ts';
import { readEnvironment } from './read-environment.ts';
import { HEALTH_KEYS, readHealth } from './read-health.ts';
import { readRoute, ROUTE_KEYS } from './read-route.ts';
import { quote } from './quote.ts';
import type { Section } from './section.ts';
import { version } from './version.ts';
import { volume } from './volume.ts';
import { routeTitle } from './title.ts';

export const COMPONENT_KEYS = [
  'name',
  'image',
  'version',
  'cmd',
  'env',
  'volumes',
  'network',
  'user',
  'restart',
  'ports',
  'depends_on',
  'strategy',
  'hold',
  'drain',
  'memory',
  'cpus',
  'health',
  'routes',
] as const;

/** More could not be reached: each has a listener on the proxy. */
const MOST_ROUTES = 64;

const network = patternForm('the name of a network', /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/);
const user = patternForm(
  '"uid:gid" or a name',
  /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/,
);
const restart = patternForm(
  '"no", "always", "unless-stopped" or "on-failure[:tries]"',
  /^(no|always|unless-stopped|on-failure(:[1-9][0-9]{0,5})?)$/,
);
const strategy = choiceForm<UpdateStrategy>({
  recreate: UpdateStrategy.RECREATE,
  overlap: UpdateStrategy.OVERLAP,
});
/** The proxy holds no longer. */
const hold = durationAboveZeroUpTo('10m');
const drain = durationUpTo('10m');

/** A component whose `image` is still open; its `version` is only what it pins itself. */
export interface ComponentDraft {
  component: ComponentSpec;
  /** Undefined for the default image. */
  image: ImageReference | undefined;
}

/** Reads a component; what is wrong or missing is empty in it, in a list at its own index. */
export function readComponent(section: Section): ComponentDraft {
  const routes = readRoutes(section);
  const areRoutesRead = section.isList('routes') || !section.has('routes');
  const healthSection = section.openTable('health', {
    title: `health of ${section.title}`,
    known: HEALTH_KEYS,
  });
  const component: ComponentSpec = {
    name: section.readRequired('name', dnsLabel) ?? '',
    image: '',
    version: section.read('version', version) ?? '',
    cmd: readAll(section, 'cmd', text, ''),
    env: readEnvironment(section),
    volumes: readAll(section, 'volumes', volume, { hostPath: '', containerPath: '', options: [] }),
    network: section.read('network', network) ?? '',
    user: section.read('user', user) ?? '',
    restart: section.read('restart', restart) ?? '',
    ports: readAll(section, 'ports', publishedPort, {
      hostIp: '',
      hostPort: 0,
      containerPort: 0,
      protocol: '',
    }),
    dependsOn: readAll(section, 'depends_on', text, ''),
    strategy: section.read('strategy', strategy) ?? UpdateStrategy.RECREATE,
    hold: section.read('hold', hold),
    drain: section.read('drain', drain),
    memoryBytes: section.read('memory', memory) ?? 0n,
    cpus: section.read('cpus', positiveNumber) ?? 0,
    health: healthSection && readHealth(healthSection, areRoutesRead ? routes : undefined),
    routes,
  };
  checkOverlap(section, component);
  const reference = section.read('image', image);
  const tag = reference?.tag;
  if (tag !== undefined && component.version !== '' && component.version !== tag) {
    const is = `is ${quote(component.version)}, but its image is pinned to ${quote(tag)}`;
    section.report('version', `version of ${section.title} ${is}`);
  }
  return { component, image: reference };
}

function checkOverlap(section: Section, { strategy: update, ports }: ComponentSpec): void {
  if (update !== UpdateStrategy.OVERLAP || ports.length === 0) return;
  section.report(
    'strategy',
    `strategy of ${section.title} cannot be "overlap" beside ports: two containers cannot publish one port ` +
      'of the node; use routes instead of ports, or "recreate"',
  );
}

function readAll<T>(section: Section, key: string, form: Form<T>, blank: T): T[] {
  return (section.readList(key, form) ?? []).map((item) => item ?? blank);
}

function readRoutes(section: Section): RouteSpec[] {
  const sections = section.openTables('routes', {
    title: ({ name }, number) =>
      `${routeTitle(typeof name === 'string' ? name : '', number)} of ${section.title}`,
    known: ROUTE_KEYS,
    max: MOST_ROUTES,
  });
  return (sections ?? []).map((route) => (route ? readRoute(route) : RouteSpec.create()));
}
