import { UpdateStrategy, type ServiceSpec } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { webSpec } from '../fake-fleet.ts';
import type { LeasedSlot } from '../generation.ts';
import { wantedContainer } from './options.ts';
import { planSlots } from './plan-slots.ts';

const held: LeasedSlot[] = [
  { component: 'api', route: '', generation: 1, port: 20_001 },
  { component: 'front', route: '', generation: 1, port: 20_002 },
];

function containersOf(spec: ServiceSpec, ports: LeasedSlot[]) {
  return spec.components.map((component) =>
    wantedContainer({
      spec,
      component,
      ports,
      imageIds: Object.fromEntries(spec.components.map(({ image }) => [image, `id of ${image}`])),
      publishAddress: '127.0.0.1',
      namespace: '',
      generation: 2,
      operation: 'op2',
    }),
  );
}

/** The plan for `next` while the containers of `current` are there. */
function plan(
  current: ServiceSpec,
  next: ServiceSpec,
  { force = false, running = true }: { force?: boolean; running?: boolean } = {},
) {
  return planSlots({
    spec: next,
    held,
    containers: containersOf(current, held).map(({ name, component, specHash }) => ({
      name,
      component,
      specHash,
      running,
    })),
    force,
    generation: 2,
    wantedOn: (ports) => containersOf(next, ports),
  });
}

/** The test service with `change` made to its component front. */
function withFront(strategies: [api: UpdateStrategy, front: UpdateStrategy], image: string): ServiceSpec {
  const spec = webSpec('v1');
  const [api, front] = spec.components;
  const [apiStrategy, frontStrategy] = strategies;
  return {
    ...spec,
    components: [
      { ...api!, strategy: apiStrategy },
      { ...front!, strategy: frontStrategy, image },
    ],
  };
}

const { RECREATE, OVERLAP } = UpdateStrategy;
const generations = ({ slots }: { slots: { generation: number }[] }) => slots.map((slot) => slot.generation);

test('a component that is recreated keeps its port', () => {
  const found = plan(webSpec('v1'), webSpec('v2'));
  expect(generations(found)).toEqual([1, 1]);
  expect(found.overlapping).toEqual([]);
});

test('a component that overlaps gets another port when it is replaced, and only then', () => {
  const current = withFront([RECREATE, OVERLAP], 'localhost/front:v1');
  expect(plan(current, withFront([RECREATE, OVERLAP], 'localhost/front:v2'))).toMatchObject({
    slots: [{ generation: 1 }, { generation: 2 }],
    overlapping: ['front'],
  });
  expect(generations(plan(current, current))).toEqual([1, 1]);
});

test('a peer that overlaps moves too, for its environment names the port that moved', () => {
  const current = withFront([OVERLAP, OVERLAP], 'localhost/front:v1');
  const found = plan(current, withFront([OVERLAP, OVERLAP], 'localhost/front:v2'));
  expect(found.overlapping.sort()).toEqual(['api', 'front']);
});

test('nothing overlaps with a container that is stopped', () => {
  const current = withFront([RECREATE, OVERLAP], 'localhost/front:v1');
  const next = withFront([RECREATE, OVERLAP], 'localhost/front:v2');
  expect(plan(current, next, { running: false }).overlapping).toEqual([]);
});

test('a forced deploy replaces, and so moves, every component that overlaps', () => {
  const current = withFront([RECREATE, OVERLAP], 'localhost/front:v1');
  expect(plan(current, current, { force: true }).overlapping).toEqual(['front']);
});

test('a new route gets a slot of the new generation', () => {
  const next = webSpec('v1');
  const [api, front] = next.components;
  const added = {
    ...front!,
    routes: [
      { ...front!.routes[0]!, name: '' },
      { ...front!.routes[0]!, name: 'admin', port: 8443 },
    ],
  };
  expect(generations(plan(webSpec('v1'), { ...next, components: [api!, added] }))).toEqual([1, 1, 2]);
});
