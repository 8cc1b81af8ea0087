import { ServiceError, type ErrorCode } from '@mcp/daemon/errors';
import { carryOut } from './carry-out.ts';
import type { Parts } from './apply.ts';
import { planChanges, recordKey, settledRecords, type DnsRecord } from './records.ts';
import type { Store } from './store.ts';
import { findZone, requireZone, type Zone } from './zones.ts';

/**
 * Compares everything that is desired with every server, puts right what differs, and returns
 * it. One zone or record that does not work does not stop the others; then it throws at the
 * end, unavailable when a server could not be reached, else failed_precondition, with every
 * reason. Not to run beside another one or applyRecords.
 */
export async function syncRecords({ store, zones, log }: Parts, signal: AbortSignal): Promise<DnsRecord[]> {
  const results = await Promise.allSettled([
    ...zones.map((zone) => syncZone({ store, zones }, zone, signal)),
    requireZones(store, zones),
  ]);
  const repaired: DnsRecord[] = [];
  const failures: ServiceError[] = [];
  for (const result of results) {
    if (result.status === 'fulfilled') {
      repaired.push(...result.value.done);
      failures.push(...result.value.failures);
    } else if (result.reason instanceof ServiceError) failures.push(result.reason);
    else throw result.reason;
  }
  for (const { name, type, value, ttl } of repaired) log.info({ name, type, value, ttl }, 'record put right');
  if (failures.length > 0) throw combine(failures);
  return repaired;
}

async function syncZone({ store, zones }: Omit<Parts, 'log'>, zone: Zone, signal: AbortSignal) {
  const isHere = ({ name }: { name: string }) => findZone(name, zones) === zone;
  const desired = store.list('').filter(isHere);
  const owned = store.owned().filter(isHere);
  // A zone that nobody wants anything of is left alone, and may even not exist yet.
  if (desired.length === 0 && owned.length === 0) return { done: [], failures: [] };
  const actual = await zone.provider.list({ signal });
  const plan = planChanges({ desired, owned, actual });
  store.see(actual);
  const outcome = await carryOut(zone.provider, plan, { signal });
  const removed = new Set(plan.remove.filter((record) => outcome.done.includes(record)).map(recordKey));
  const left = actual.filter((record) => !removed.has(recordKey(record)));
  store.disown(settledRecords({ desired, owned, actual: left }));
  return outcome;
}

async function requireZones(store: Store, zones: readonly Zone[]) {
  for (const { name } of store.list('')) requireZone(name, zones);
  return { done: [], failures: [] };
}

function combine(failures: readonly ServiceError[]): ServiceError {
  const code: ErrorCode = failures.some((each) => each.code === 'unavailable')
    ? 'unavailable'
    : 'failed_precondition';
  const [first] = failures;
  if (first && failures.length === 1) return first;
  return new ServiceError(code, failures.map(({ message }) => message).join('; '), { cause: first?.cause });
}
