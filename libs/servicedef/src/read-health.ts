import type { HealthCheck, RouteSpec } from '@mcp/proto/agent';
import { durationAboveZeroUpTo, durationUpTo } from './duration.ts';
import { integerForm, patternForm, text } from './form.ts';
import { quote } from './quote.ts';
import type { Section } from './section.ts';

export const HEALTH_KEYS = [
  'path',
  'route',
  'command',
  'interval',
  'timeout',
  'retries',
  'start_period',
] as const;

const httpPath = patternForm('an HTTP path that begins with "/"', /^\/[^\s\p{Cc}]*$/u);
const aboveZero = durationAboveZeroUpTo('24h');
const fromZero = durationUpTo('24h');
const retries = integerForm({ min: 1, max: 1000 });

/**
 * Reads what "healthy" means for a component with `routes`, undefined when those cannot be read.
 * Returns undefined when the table says nothing.
 */
export function readHealth(
  section: Section,
  routes: readonly RouteSpec[] | undefined,
): HealthCheck | undefined {
  const health: HealthCheck = {
    path: section.read('path', httpPath) ?? '',
    route: section.read('route', text) ?? '',
    command: (section.readList('command', text) ?? []).map((argument) => argument ?? ''),
    interval: section.read('interval', aboveZero),
    timeout: section.read('timeout', aboveZero),
    retries: section.read('retries', retries) ?? 0,
    startPeriod: section.read('start_period', fromZero),
  };
  checkKind(section);
  if (routes) checkRoute(section, health, routes);
  return isEmpty(health) ? undefined : health;
}

function checkKind(section: Section): void {
  if (section.has('path') && section.has('command')) {
    section.report('command', `${section.title} must have a path or a command, not both`);
  } else if (section.has('route') && section.has('command')) {
    section.report('route', `route of ${section.title} has no meaning beside a command`);
  }
}

function checkRoute(section: Section, health: HealthCheck, routes: readonly RouteSpec[]): void {
  const names = routes.map(({ name }) => name).filter((name) => name !== '');
  if (section.has('route') && !names.includes(health.route)) {
    const known = names.length > 0 ? `it has ${names.map(quote).join(', ')}` : 'it has none with a name';
    section.report(
      'route',
      `route of ${section.title} names no route of the component: ${quote(health.route)}, ${known}`,
    );
  }
  if (section.has('path') && !section.has('route') && !section.has('command')) {
    if (routes.length === 0) section.report('path', `path of ${section.title} needs a route to ask at`);
    if (routes.length > 1) {
      section.report(
        'path',
        `path of ${section.title} needs "route" beside it: the component has ${routes.length} routes`,
      );
    }
  }
}

function isEmpty(health: HealthCheck): boolean {
  return Object.values(health).every((value) => !value || (Array.isArray(value) && value.length === 0));
}
