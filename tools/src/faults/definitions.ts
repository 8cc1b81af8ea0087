import { parseServiceDefinition } from '@mcp/servicedef/parse';
import type { ServiceSpec } from '@mcp/proto/agent';
import type { Door } from '../audit/door.ts';
import { modeOf } from '../audit/registry.ts';
import { TRAFFIC_IMAGE } from '../images/traffic.ts';
import { DOMAIN, NODE } from '../stack/layout.ts';

/** Versions that can be deployed; from one to the next the definition may differ too. */
export const versions = ['v1', 'v2', 'v3'] as const;
export type Version = (typeof versions)[number];

/** The version of every deploy that must fail, so that a trace of it would be seen. */
export const BROKEN_VERSION = 'v4';
/** How it fails: its last component exits at once, or never becomes healthy. */
export type Breakage = 'exit' | 'unhealthy';

/** What a service of the run looks like. Each has the last component depend on those before it. */
type Shape = (inputs: { service: string; version: string; web: string }) => string;

const component = (name: string, lines: string) => `
[[components]]
name = "${name}"
image = "${TRAFFIC_IMAGE}"
${lines}`;

const route = (name: string, port: number, mode: 'l4' | 'l7', hostname?: string) => `
[[components.routes]]
name = "${name}"
port = ${port}
mode = "${mode}"${hostname === undefined ? '' : `\nhostname = "${hostname}"`}`;

const health = (startPeriod: string) =>
  `health = { path = "/health", route = "web", interval = "200ms", start_period = "${startPeriod}" }`;

/** Another name of the service from v3 on: certificates, routes and records come and go with versions. */
const extra = (service: string, version: string) =>
  version === 'v3' ? route('extra', 443, 'l7', `${service}-extra.${DOMAIN}`) : '';

const shapes: readonly Shape[] = [
  ({ service, version, web }) => component('web', web) + route('web', 443, 'l7') + extra(service, version),
  ({ service, version, web }) =>
    component('web', `strategy = "overlap"\n${web}`) + route('web', 443, 'l7') + extra(service, version),
  ({ web }) =>
    component('api', '') +
    route('tls', 8443, 'l4') +
    component('web', `depends_on = ["api"]\n${web}`) +
    route('web', 443, 'l7'),
  ({ service, version, web }) =>
    component('api', 'strategy = "overlap"') +
    route('tls', 9443, 'l4') +
    component('web', `strategy = "overlap"\ndepends_on = ["api"]\n${web}`) +
    route('web', 443, 'l7') +
    extra(service, version),
  ({ service, version, web }) =>
    component('front', '') +
    route('tls-one', 8443, 'l4') +
    route('tls-two', 9443, 'l4', `${service}-two.${DOMAIN}`) +
    component('worker', version === 'v2' ? 'cmd = ["--quiet"]' : '') +
    component('web', `depends_on = ["front", "worker"]\n${web}`) +
    route('web', 443, 'l7'),
  ({ service, version, web }) =>
    component('api', 'strategy = "overlap"') +
    route('tls', 8443, 'l4') +
    component('web', `depends_on = ["api"]\n${web}`) +
    route('web', 443, 'l7') +
    extra(service, version),
];

const names = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot'] as const;

/** Names of the first services of a run; the shapes come round again after six. */
export function serviceNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const name = names[index % names.length]!;
    return index < names.length ? name : `${name}-${Math.floor(index / names.length) + 1}`;
  });
}

/** The spec of a version of a service, by way of a definition's text. */
export function specOf(service: string, version: string, breakage?: Breakage): ServiceSpec {
  const shape = shapes[names.findIndex((name) => name === service.split('-')[0])]!;
  // A busy machine may take seconds to start a good one; a broken one is given up sooner.
  const web = breakage === undefined ? health('15s') : `${health('1s')}\nenv = { BREAK = "${breakage}" }`;
  const head = `name = "${service}"\nnode = "${NODE}"\nversion = "${version}"\n`;
  const parsed = parseServiceDefinition(head + shape({ service, version, web }), {
    file: `${service}.toml`,
    registry: 'localhost',
  });
  if ('spec' in parsed) return parsed.spec;
  const [problem] = parsed.problems;
  throw new Error(`${service}:${problem?.line}: ${problem?.message}`);
}

/** Every door that any version of these services has. */
export function doorsOf(services: readonly string[]): Door[] {
  const specs = services.flatMap((service) => versions.map((version) => specOf(service, version)));
  return specs.flatMap((spec) =>
    spec.components.flatMap(({ routes }) =>
      routes.map((each) => ({
        hostname: each.hostname || `${spec.name}.${DOMAIN}`,
        port: each.port,
        mode: modeOf(each),
      })),
    ),
  );
}
