import type { ServiceSpec } from '@mcp/proto/agent';
import { findPlace, type Place } from '@mcp/toml/positions';
import type { ProblemLog } from './problem-log.ts';
import { quote } from './quote.ts';
import { componentTitle } from './title.ts';

/** Reports a `depends_on` that names no component of the service, and every cycle. */
export function checkDependencies({ components }: ServiceSpec, root: Place, log: ProblemLog): void {
  const indexes = new Map(components.map(({ name }, index) => [name, index]));
  const finished = new Set<number>();

  const report = (index: number, item: number, message: string): void => {
    const place = findPlace(root, ['components', index, 'depends_on', item]) ?? root;
    log.add(place.value, `depends_on of ${componentTitle(components[index]!.name, index + 1)} ${message}`);
  };

  /** `way` leads from the first component asked to the one before `index`. */
  const visit = (index: number, way: readonly number[]): void => {
    if (finished.has(index)) return;
    const seen = new Set<string>();
    components[index]!.dependsOn.forEach((name, item) => {
      if (name === '') return;
      const next = indexes.get(name);
      const start = next === undefined ? -1 : [...way, index].indexOf(next);
      if (seen.has(name)) report(index, item, `names ${quote(name)} twice`);
      else if (next === undefined)
        report(index, item, `names ${quote(name)}, which is no component of this service`);
      else if (start < 0) visit(next, [...way, index]);
      else report(index, item, `closes a cycle: ${cycleFrom([...way, index], start)}`);
      seen.add(name);
    });
    finished.add(index);
  };

  const cycleFrom = (way: readonly number[], start: number): string =>
    [...way.slice(start), way[start]!].map((index) => components[index]!.name).join(' -> ');

  components.forEach((_, index) => visit(index, []));
}
