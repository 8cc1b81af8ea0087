import type { WantedContainer } from './options.ts';
import type { ObservedContainer } from './containers.ts';

/** What an operation does to the containers of one component. */
export interface ContainerPlan {
  wanted: WantedContainer;
  /** The container that will serve: an existing one that already is as wanted, or the new one. */
  name: string;
  action: 'create' | 'start' | 'keep';
  /** Containers that must stop before the new one starts, and start again when it is taken back. */
  replaces: string[];
  /** Containers that run on beside the new one until it is proven, and are drained then. */
  overlaps: string[];
}

/** What is known of a container when it is planned. */
export type PlannedContainer = Pick<ObservedContainer, 'name' | 'component' | 'specHash' | 'running'>;

/** How containers are replaced. */
export interface PlanMode {
  /** Replace them, changed or not. */
  force: boolean;
  /** Components whose new container starts beside the old one, on ports of its own. */
  overlapping: ReadonlySet<string>;
}

/** Decides whether a component keeps its container, has it started again, or gets a new one. */
export function planContainer(
  wanted: WantedContainer,
  observed: readonly PlannedContainer[],
  { force, overlapping }: PlanMode,
): ContainerPlan {
  const own = observed.filter(({ component }) => component === wanted.component);
  const same = force ? undefined : own.find(({ specHash }) => specHash === wanted.specHash);
  const others = own.filter(({ name, running }) => running && name !== same?.name).map(({ name }) => name);
  if (same) {
    const action = same.running ? 'keep' : 'start';
    return { wanted, name: same.name, action, replaces: others, overlaps: [] };
  }
  const isBeside = overlapping.has(wanted.component);
  return {
    wanted,
    name: wanted.name,
    action: 'create',
    replaces: isBeside ? [] : others,
    overlaps: isBeside ? others : [],
  };
}
