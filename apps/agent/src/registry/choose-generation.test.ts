import { ServiceSpec } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import type { ObservedContainer } from '../containers/containers.ts';
import { label } from '../containers/options.ts';
import { webSpec } from '../fake-fleet.ts';
import { chooseGeneration, lostServices } from './choose-generation.ts';

const ports = (generation: number) => [
  { component: 'api', route: '', generation, port: 20_000 + generation },
  { component: 'front', route: '', generation, port: 30_000 + generation },
];

function container(
  component: string,
  generation: number,
  changes: Partial<ObservedContainer> = {},
): ObservedContainer {
  return {
    id: '',
    name: `web.${component}.${generation}`,
    service: 'web',
    component,
    generation,
    specHash: `hash ${component} ${generation}`,
    operation: `op${generation}`,
    image: '',
    running: true,
    labels: {
      [label.spec]: JSON.stringify(ServiceSpec.toJSON(webSpec(`v${generation}`))),
      [label.ports]: JSON.stringify(ports(generation)),
      [label.imageIds]: JSON.stringify({ 'localhost/api:v1': 'sha256:1' }),
    },
    ...changes,
  };
}

test('the one that runs is read with its spec, ports, images and containers', () => {
  expect(chooseGeneration([container('api', 3), container('front', 3)], [])).toEqual({
    number: 3,
    spec: webSpec('v3'),
    ports: ports(3),
    imageIds: { 'localhost/api:v1': 'sha256:1' },
    containers: [
      { component: 'api', name: 'web.api.3', specHash: 'hash api 3' },
      { component: 'front', name: 'web.front.3', specHash: 'hash front 3' },
    ],
  });
});

test('a component that an update left alone keeps its older container', () => {
  const chosen = chooseGeneration([container('api', 1), container('front', 2)], []);
  expect(chosen?.number).toBe(2);
  expect(chosen?.containers.map(({ name }) => name)).toEqual(['web.api.1', 'web.front.2']);
});

test('of two that run side by side, it is the one that the proxy leads to', () => {
  const all = [container('api', 1), container('front', 1), container('api', 2), container('front', 2)];
  expect(chooseGeneration(all, [20_001, 30_001])?.number).toBe(1);
  expect(chooseGeneration(all, [20_002, 30_002])?.number).toBe(2);
  expect(chooseGeneration(all, [])?.number).toBe(2);
});

test('a half-made generation is not chosen', () => {
  const all = [container('api', 1), container('front', 1), container('front', 2, { running: false })];
  expect(chooseGeneration(all, [])?.number).toBe(1);
});

test('a stopped service is read from its stopped containers', () => {
  const stopped = { running: false };
  expect(chooseGeneration([container('api', 1, stopped), container('front', 1, stopped)], [])?.number).toBe(
    1,
  );
});

test('labels that lack something, or are not JSON, say nothing', () => {
  expect(chooseGeneration([container('api', 1)], [])).toBeUndefined();
  const broken = { labels: { [label.spec]: '{', [label.ports]: '[]', [label.imageIds]: '{}' } };
  expect(chooseGeneration([container('api', 1, broken), container('front', 1, broken)], [])).toBeUndefined();
});

test.each<[what: string, recorded: number | undefined, operations: string[], lost: string[]]>([
  ['is not in the registry is lost', undefined, [], ['web']],
  ['runs a newer generation that no operation of the journal made is lost', 1, [], ['web']],
  ['runs what an operation of the journal made is not', 1, ['op2'], []],
  ['runs what is recorded is not', 2, [], []],
])('a service that %s', (_, recorded, operations, expected) => {
  const lost = lostServices([container('api', 2), container('front', 2)], {
    generationOf: () => recorded,
    hasOperation: (id) => operations.includes(id),
  });
  expect([...lost.keys()]).toEqual(expected);
});

test('a container with our labels that says nothing of a newer generation does not make a service lost', () => {
  const all = [container('api', 1), container('front', 1), container('api', 9, { labels: {} })];
  expect(lostServices(all, { generationOf: () => 1, hasOperation: (id) => id === 'op1' }).size).toBe(0);
});
