import { ServiceSpec } from '@mcp/proto/agent';
import type { ObservedContainer } from '../containers/containers.ts';
import { label } from '../containers/options.ts';
import { portOf } from '../desired.ts';
import type { Generation, LeasedSlot } from '../generation.ts';

/** A generation as far as the labels of its containers tell it. */
export type LabelledGeneration = Pick<Generation, 'number' | 'spec' | 'ports' | 'imageIds' | 'containers'>;

/**
 * Reads from the labels of a service's containers which generation of it runs. Of several, it is the one
 * that the proxy's routes lead to, else the newest whose components all have a container that
 * runs (or exists, when none runs at all). Undefined when no container says enough.
 */
export function chooseGeneration(
  containers: readonly ObservedContainer[],
  /** Ports that the proxy sends this service's requests to. */
  routedPorts: readonly number[],
): LabelledGeneration | undefined {
  const isAnyRunning = containers.some(({ running }) => running);
  const usable = containers.filter(({ running }) => running || !isAnyRunning);
  const numbers = [...new Set(usable.map(({ generation }) => generation))].sort((a, b) => b - a);
  const whole = numbers.flatMap((number) => labelledGeneration(number, usable) ?? []);
  const routed = new Set(routedPorts);
  return whole.find((generation) => isServed(generation, routed)) ?? whole[0];
}

/** The generation with that number, when every component of its spec has a container that is not newer. */
function labelledGeneration(
  number: number,
  containers: readonly ObservedContainer[],
): LabelledGeneration | undefined {
  const made = containers.find(({ generation }) => generation === number);
  const read = made && readLabels(made);
  if (!read) return undefined;
  const chosen = read.spec.components.map(({ name }) =>
    containers
      .filter(({ component, generation }) => component === name && generation <= number)
      .reduce<ObservedContainer | undefined>(
        (newest, each) => (newest && newest.generation > each.generation ? newest : each),
        undefined,
      ),
  );
  if (chosen.some((each) => each === undefined)) return undefined;
  return {
    ...read,
    number,
    containers: chosen.map((each) => ({
      component: each!.component,
      name: each!.name,
      specHash: each!.specHash,
    })),
  };
}

function readLabels({ labels }: ObservedContainer) {
  const [spec, ports, imageIds] = [labels[label.spec], labels[label.ports], labels[label.imageIds]];
  if (spec === undefined || ports === undefined || imageIds === undefined) return undefined;
  try {
    return {
      spec: ServiceSpec.fromJSON(JSON.parse(spec)),
      ports: JSON.parse(ports) as LeasedSlot[],
      imageIds: JSON.parse(imageIds) as Record<string, string>,
    };
  } catch (error) {
    // Labels that another hand wrote say nothing.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isServed({ spec, ports }: LabelledGeneration, routed: ReadonlySet<number>): boolean {
  const own = spec.components.flatMap(({ name, routes }) =>
    routes.map((route) => portOf(ports, name, route.name)),
  );
  return own.length > 0 && own.every((port) => routed.has(port));
}

/**
 * Which services the registry does not know as they are: those that are not in it, and those of which
 * a newer generation runs that no operation of the journal made. What an operation made and could
 * not remove is no reason (that is a leftover), nor is a container that another hand labelled (that is
 * foreign).
 */
export function lostServices(
  containers: readonly ObservedContainer[],
  known: {
    generationOf(service: string): number | undefined;
    hasOperation(id: string): boolean;
  },
): Map<string, ObservedContainer[]> {
  const byService = Map.groupBy(containers, ({ service }) => service);
  const lost = [...byService].filter(([service, own]) => {
    const recorded = known.generationOf(service);
    const isUnknown = own.some(
      ({ generation, operation }) => generation > (recorded ?? 0) && !known.hasOperation(operation),
    );
    if (!isUnknown || recorded === undefined) return isUnknown;
    return (chooseGeneration(own, [])?.number ?? 0) > recorded;
  });
  return new Map(lost);
}
