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
}

/** Decides whether a component keeps its container, has it started again, or gets a new one. */
export function planContainer(
  wanted: WantedContainer,
  observed: readonly Pick<ObservedContainer, 'name' | 'component' | 'specHash' | 'running'>[],
  force: boolean,
): ContainerPlan {
  const own = observed.filter(({ component }) => component === wanted.component);
  const same = force ? undefined : own.find(({ specHash }) => specHash === wanted.specHash);
  const replaces = own.filter(({ name, running }) => running && name !== same?.name).map(({ name }) => name);
  if (!same) return { wanted, name: wanted.name, action: 'create', replaces };
  return { wanted, name: same.name, action: same.running ? 'keep' : 'start', replaces };
}
