import { UpdateStrategy, type ComponentSpec } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { webSpec } from '../fake-fleet.ts';
import { wantedContainer } from './options.ts';
import { planContainer } from './plan.ts';

const ports = [
  { component: 'api', route: '', generation: 1, port: 20_001 },
  { component: 'front', route: '', generation: 1, port: 20_002 },
];

function wanted(version = 'v1', changes: Partial<Parameters<typeof wantedContainer>[0]> = {}) {
  const spec = webSpec(version);
  return wantedContainer({
    spec,
    component: spec.components[0]!,
    ports,
    imageIds: { [spec.components[0]!.image]: `sha256:${version}` },
    publishAddress: '127.0.0.1',
    namespace: '',
    generation: 1,
    operation: 'op1',
    ...changes,
  });
}

test('a container gets its port, its peers, and the same port published on loopback', () => {
  const { name, options } = wanted();
  expect(name).toBe('web.api.1');
  expect(options.Env).toEqual(['PORT=20001', 'PORT_API=20001', 'PEER_FRONT=front.web:20002']);
  expect(options.HostConfig?.PortBindings).toEqual({
    '20001/tcp': [{ HostIp: '127.0.0.1', HostPort: '20001' }],
  });
  expect(options.NetworkingConfig).toEqual({ EndpointsConfig: { mcpnet: { Aliases: ['api.web'] } } });
});

test('on the host network there is nothing to publish, and peers are on loopback', () => {
  const spec = webSpec('v1');
  const { options } = wanted('v1', { component: { ...spec.components[0]!, network: 'host' } });
  expect(options.HostConfig).not.toHaveProperty('PortBindings');
  expect(options.Env).toContain('PEER_FRONT=127.0.0.1:20002');
});

test('limits are in the units of the engine', () => {
  const spec = webSpec('v1');
  const { options } = wanted('v1', {
    component: { ...spec.components[0]!, memoryBytes: 512n * 1024n * 1024n, cpus: 1.5 },
  });
  expect(options.HostConfig).toMatchObject({ Memory: 536_870_912, NanoCpus: 1_500_000_000 });
});

test('the hash tells containers apart by what goes into them, not by generation or operation', () => {
  expect(wanted('v1', { generation: 2, operation: 'op2' }).specHash).toBe(wanted().specHash);
  expect(wanted('v1', { imageIds: { 'localhost/api:v1': 'sha256:rebuilt' } }).specHash).not.toBe(
    wanted().specHash,
  );
  expect(wanted('v1', { ports: [ports[0]!, { ...ports[1]!, port: 20_003 }] }).specHash).not.toBe(
    wanted().specHash,
  );
});

test.each([
  ['nothing is there', [], false, { action: 'create', name: 'web.api.1', replaces: [] }],
  [
    'the same runs',
    [{ name: 'web.api.0', same: true, running: true }],
    false,
    { action: 'keep', name: 'web.api.0' },
  ],
  [
    'the same is stopped',
    [{ name: 'web.api.0', same: true, running: false }],
    false,
    { action: 'start', name: 'web.api.0' },
  ],
  [
    'the same runs, but a new one is forced',
    [{ name: 'web.api.0', same: true, running: true }],
    true,
    { action: 'create', replaces: ['web.api.0'] },
  ],
  [
    'another runs',
    [{ name: 'web.api.0', same: false, running: true }],
    false,
    { action: 'create', replaces: ['web.api.0'] },
  ],
  [
    'another runs beside the same',
    [
      { name: 'web.api.0', same: false, running: true },
      { name: 'web.api.1', same: true, running: true },
    ],
    false,
    { action: 'keep', name: 'web.api.1', replaces: ['web.api.0'] },
  ],
])('when %s', (_, found, force, plan) => {
  const target = wanted();
  const observed = found.map(({ name, same, running }) => ({
    name,
    running,
    component: 'api',
    specHash: same ? target.specHash : 'other',
  }));
  expect(planContainer(target, observed, { force, overlapping: new Set() })).toMatchObject(plan);
});

test('a component that overlaps leaves the old container running beside the new one', () => {
  const observed = [{ name: 'web.api.0', component: 'api', specHash: 'other', running: true }];
  expect(planContainer(wanted(), observed, { force: false, overlapping: new Set(['api']) })).toMatchObject({
    action: 'create',
    replaces: [],
    overlaps: ['web.api.0'],
  });
});

test('a container is made from the image that was checked, and names the reference in a label', () => {
  const { options } = wanted();
  expect(options.Image).toBe('sha256:v1');
  expect(options.Labels).toMatchObject({ 'net.metacircular.mcp.image': 'localhost/api:v1' });
});

test('peers of an overlapping component find the generation whose port they were told', () => {
  const spec = webSpec('v2', UpdateStrategy.OVERLAP);
  const [api, front] = spec.components;
  const moved = [ports[0]!, { component: 'front', route: '', generation: 2, port: 20_003 }];
  const of = (component: ComponentSpec) => wanted('v2', { spec, component, ports: moved }).options;
  expect(of(api!).Env).toContain('PEER_FRONT=g2.front.web:20003');
  expect(of(front!).NetworkingConfig).toEqual({
    EndpointsConfig: { mcpnet: { Aliases: ['front.web', 'g2.front.web'] } },
  });
});
