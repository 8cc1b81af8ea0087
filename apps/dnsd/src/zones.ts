import { ServiceError } from '@mcp/daemon/errors';
import type { Provider } from './providers/provider.ts';

export interface Zone {
  /** Lower case, without the final dot. */
  name: string;
  provider: Provider;
}

/** The zone with the longest name that `name` is in or is. */
export function findZone(name: string, zones: readonly Zone[]): Zone | undefined {
  return zones
    .filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
    .reduce<Zone | undefined>(
      (longest, zone) => (longest && longest.name.length >= zone.name.length ? longest : zone),
      undefined,
    );
}

/** Throws failed_precondition naming `name` and the zones there are. */
export function requireZone(name: string, zones: readonly Zone[]): Zone {
  const zone = findZone(name, zones);
  if (zone) return zone;
  const names = zones.map((each) => each.name).join(', ');
  throw new ServiceError(
    'failed_precondition',
    `${name} is in no zone of dnsd (${names}): add its zone to [[zones]] in dnsd's configuration`,
    { details: { resource: name } },
  );
}

/** The names of the records, by the zone they are in. Throws failed_precondition for one in none. */
export function namesByZone(
  records: readonly { name: string }[],
  zones: readonly Zone[],
): Map<Zone, ReadonlySet<string>> {
  const names = new Map<Zone, Set<string>>();
  for (const { name } of records) {
    const zone = requireZone(name, zones);
    names.set(zone, (names.get(zone) ?? new Set()).add(name));
  }
  return names;
}
