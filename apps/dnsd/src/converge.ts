import { ServiceError } from '@mcp/daemon/errors';
import { carryOut } from './carry-out.ts';
import {
  describeRecord,
  isEmpty,
  planChanges,
  settledRecords,
  type DnsRecord,
  type HeldRecord,
  type Plan,
} from './records.ts';
import type { Store } from './store.ts';
import type { Zone } from './zones.ts';

/** Some names of a zone, and the records that the server has of them. */
export interface Scope {
  zone: Zone;
  names: ReadonlySet<string>;
  actual: readonly HeldRecord[];
}

/** Asks the servers for the records of every name. Throws as Provider.list does. */
export async function readScopes(
  namesByZone: ReadonlyMap<Zone, ReadonlySet<string>>,
  signal: AbortSignal,
): Promise<Scope[]> {
  return Promise.all(
    [...namesByZone].map(async ([zone, names]) => {
      const lists = await Promise.all([...names].map((name) => zone.provider.list({ name, signal })));
      return { zone, names, actual: lists.flat() };
    }),
  );
}

/**
 * Makes the servers match `desired` within the scopes, reads them back, and lets go of what is
 * done with. Returns true when something had to be changed. Throws as the provider does, and
 * aborted when a record does not stay; then some changes may have been made.
 */
export async function converge(
  store: Store,
  scopes: readonly Scope[],
  { desired, signal }: { desired: readonly DnsRecord[]; signal: AbortSignal },
): Promise<boolean> {
  const owned = store.owned();
  const planOf = ({ names, actual }: Scope): Plan =>
    planChanges({
      desired: desired.filter(({ name }) => names.has(name)),
      owned,
      actual,
    });
  const changes = scopes
    .map((scope) => ({ scope, plan: planOf(scope) }))
    .filter(({ plan }) => !isEmpty(plan));
  const outcomes = await Promise.allSettled(
    changes.map(({ scope, plan }) => carryOut(scope.zone.provider, plan, { signal })),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
    const [failure] = outcome.value.failures;
    if (failure) throw failure;
  }
  const after = changes.length === 0 ? scopes : await readAgain(scopes, signal);
  for (const scope of after) {
    const unlike = planOf(scope);
    if (!isEmpty(unlike)) throw notAsSet(unlike, scope.zone);
    store.see(scope.actual);
    const here = owned.filter(({ name }) => scope.names.has(name));
    store.disown(settledRecords({ desired, owned: here, actual: scope.actual }));
  }
  return changes.length > 0;
}

function readAgain(scopes: readonly Scope[], signal: AbortSignal): Promise<Scope[]> {
  return readScopes(new Map(scopes.map(({ zone, names }) => [zone, names])), signal);
}

function notAsSet({ create, update, remove }: Plan, zone: Zone): ServiceError {
  const records = [...create, ...update, ...remove].map(describeRecord).join(', ');
  return new ServiceError(
    'aborted',
    `${zone.provider.name} does not have zone ${zone.name} as it was just set (${records}): see whether another program changes it, then try again`,
  );
}
