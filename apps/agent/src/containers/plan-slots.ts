import { UpdateStrategy, type ServiceSpec } from '@mcp/proto/agent';
import { routesOf } from '../desired.ts';
import type { LeasedSlot, PortSlot } from '../generation.ts';
import type { WantedContainer } from './options.ts';
import { planContainer, type PlannedContainer } from './plan.ts';

/** Stands for a port that is not leased yet: no container that exists has it. */
const OPEN_PORT = 0;

export interface SlotPlanInputs {
  spec: ServiceSpec;
  /** Leases of the generation before; empty for a new service. */
  held: readonly LeasedSlot[];
  containers: readonly PlannedContainer[];
  force: boolean;
  /** The number that new slots get. */
  generation: number;
  /** What the containers would be on these ports. */
  wantedOn(ports: LeasedSlot[]): WantedContainer[];
}

/** The port slots of a generation, and which components start beside the containers they replace. */
export interface SlotPlan {
  /** One per route, in the order of the definition. */
  slots: PortSlot[];
  overlapping: string[];
}

/**
 * Decides which ports stay. A route keeps its slot; a component with strategy overlap whose running
 * container must be replaced gets new ones, and so do the overlap components whose environment that
 * changes in turn, until nothing more moves.
 */
export function planSlots(inputs: SlotPlanInputs): SlotPlan {
  const { spec, containers, force, wantedOn } = inputs;
  const overlapping = new Set<string>();
  const candidates = spec.components.filter(
    ({ name, strategy, routes }) =>
      strategy === UpdateStrategy.OVERLAP &&
      routes.length > 0 &&
      containers.some(({ component, running }) => running && component === name),
  );
  for (;;) {
    const ports = portsWith(inputs, overlapping);
    const replaced = new Set(
      wantedOn(ports)
        .filter((wanted) => planContainer(wanted, containers, { force, overlapping }).action === 'create')
        .map(({ component }) => component),
    );
    const moving = candidates.filter(({ name }) => replaced.has(name) && !overlapping.has(name));
    if (moving.length === 0) {
      const slots = ports.map(({ component, route, generation }) => ({ component, route, generation }));
      return { slots, overlapping: [...overlapping] };
    }
    for (const { name } of moving) overlapping.add(name);
  }
}

/** A port per route: the one that is held, or an open one where there is none or it moves. */
export function portsWith(
  { spec, held, generation }: Pick<SlotPlanInputs, 'spec' | 'held' | 'generation'>,
  moving: ReadonlySet<string>,
): LeasedSlot[] {
  return routesOf(spec).map(({ component, route: { name: route } }) => {
    const own = held.find((slot) => slot.component === component && slot.route === route);
    if (own && !moving.has(component)) return own;
    return { component, route, generation, port: OPEN_PORT };
  });
}
