import { ServiceSpec } from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import { expect, test } from 'vitest';
import { problemsOfSpec } from './check-spec.ts';

function specWith(change: Partial<ServiceSpec> = {}): ServiceSpec {
  return ServiceSpec.fromPartial({
    name: 'web',
    node: 'rift',
    version: 'v1',
    active: true,
    path: 'web',
    components: [
      {
        name: 'api',
        image: 'mcr.example:8443/web:v1',
        version: 'v1',
        routes: [{ port: 443, mode: RouteMode.L7, hostname: 'web.example.net' }],
      },
      { name: 'worker', image: 'localhost/web-worker:v1', version: 'v1', dependsOn: ['api'] },
    ],
    ...change,
  });
}

test('nothing is wrong with what a definition can say', () => {
  expect(problemsOfSpec(specWith())).toEqual([]);
});

test.each([
  ['a name that leads out of its folder', { name: '../etc' }, 'name'],
  [
    'a dependency on itself',
    { components: [{ ...specWith().components[1]!, dependsOn: ['worker'] }] },
    'cycle',
  ],
  ['a component twice', { components: [specWith().components[0]!, specWith().components[0]!] }, 'api'],
])('%s is found', (_, change, word) => {
  expect(problemsOfSpec(specWith(change)).join('\n')).toContain(word);
});
