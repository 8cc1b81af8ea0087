import type { ComponentSpec, ServiceSpec } from '@mcp/proto/agent';
import { peerVariables, portVariables } from './environment.ts';
import { findPlace, type Place } from '@mcp/toml/positions';
import type { ProblemLog } from './problem-log.ts';
import { quote } from './quote.ts';
import { componentTitle, routeTitle } from './title.ts';

/** Something that gives a component an environment variable. */
interface Source {
  variable: string;
  title: string;
  at: number;
}

/** Reports variables that one component would get from two sources, each pair of sources once. */
export function checkVariables(spec: ServiceSpec, root: Place, log: ProblemLog): void {
  const reported = new Set<string>();
  spec.components.forEach((component, index) => {
    const firsts = new Map<string, Source>();
    for (const source of sourcesOf(spec, index, root)) {
      const first = firsts.get(source.variable);
      if (!first) firsts.set(source.variable, source);
      else if (!isRepeatedName(first, source)) report(component, index, first, source);
    }
  });

  function report({ name }: ComponentSpec, index: number, first: Source, second: Source): void {
    const pair = [first, second].toSorted((a, b) => a.at - b.at);
    const key = pair.map(({ at }) => at).join(' ');
    if (reported.has(key)) return;
    reported.add(key);
    const from = pair.map(({ title, at }) => `${title} (line ${log.lineOf(at)})`).join(' and ');
    const variable = quote(first.variable);
    const message = `${componentTitle(name, index + 1)} would get the environment variable ${variable} twice: from ${from}`;
    log.add(Math.max(first.at, second.at), message);
  }
}

/** Two routes or components of one name are a problem of their own. */
function isRepeatedName(first: Source, second: Source): boolean {
  return first.title === second.title && first.title !== 'env';
}

function sourcesOf(spec: ServiceSpec, index: number, root: Place): Source[] {
  const component = spec.components[index]!;
  const env = component.env.map(({ name }, item) => ({
    variable: name,
    title: 'env',
    at: environmentPlace(findPlace(root, ['components', index]) ?? root, name, item),
  }));
  const ports = portVariables(component).map(({ variable, route }) => ({
    variable,
    title: `its ${routeTitle(route, 1)}`,
    at: routePlace(root, index, component, route),
  }));
  const peers = peerVariables(spec, component).map(({ variable, component: name, route }) => {
    const peerIndex = spec.components.findIndex((peer) => peer.name === name);
    const peer = spec.components[peerIndex] ?? component;
    return {
      variable,
      title: `${routeTitle(route, 1)} of ${componentTitle(name, peerIndex + 1)}`,
      at: routePlace(root, peerIndex, peer, route),
    };
  });
  return [...env, ...ports, ...peers].filter(({ variable }) => variable !== '');
}

/** `env` is a list of assignments, or a table, where the key is what collides. */
function environmentPlace(component: Place, name: string, item: number): number {
  const place = findPlace(component, ['env', item]) ?? findPlace(component, ['env', name]);
  return (place ?? component).key;
}

function routePlace(root: Place, index: number, { routes }: ComponentSpec, name: string): number {
  const route = findPlace(root, [
    'components',
    index,
    'routes',
    routes.findIndex((one) => one.name === name),
  ]);
  return (route?.children.get('name') ?? route ?? root).value;
}
