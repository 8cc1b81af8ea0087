import { ComponentSpec, ServiceSpec } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { peerVariables, portVariables } from './environment.ts';

function component(name: string, ...routes: string[]): ComponentSpec {
  return ComponentSpec.fromPartial({ name, routes: routes.map((route) => ({ name: route })) });
}

test.each([
  ['no route', component('web'), {}],
  ['one route without name', component('web-ui', ''), { PORT: '', PORT_WEB_UI: '' }],
  ['one route', component('api', 'rest-v2'), { PORT: 'rest-v2', PORT_REST_V2: 'rest-v2' }],
  ['several routes', component('api', 'rest', 'grpc'), { PORT_REST: 'rest', PORT_GRPC: 'grpc' }],
])('a component with %s gets its ports', (_, one, expected) => {
  const entries = portVariables(one).map(({ variable, route }) => [variable, route]);
  expect(Object.fromEntries(entries)).toEqual(expected);
});

test('a component gets the addresses of all routes of the others', () => {
  const spec = ServiceSpec.fromPartial({
    components: [component('web', ''), component('api-v2', 'rest', 'grpc'), component('worker')],
  });
  const variables = (index: number): string[] =>
    peerVariables(spec, spec.components[index]!).map(({ variable }) => variable);
  expect(variables(0)).toEqual(['PEER_API_V2_REST', 'PEER_API_V2_GRPC']);
  expect(variables(1)).toEqual(['PEER_WEB']);
  expect(variables(2)).toEqual(['PEER_WEB', 'PEER_API_V2_REST', 'PEER_API_V2_GRPC']);
  expect(peerVariables(spec, spec.components[1]!)).toEqual([
    { variable: 'PEER_WEB', component: 'web', route: '' },
  ]);
});
