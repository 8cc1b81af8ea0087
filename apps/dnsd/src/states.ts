import { ServiceError } from '@mcp/daemon/errors';
import { RecordState, type RecordStatus } from '@mcp/proto/dnsd';
import { toMessage } from './record-values.ts';
import { mergeDesired, recordKey, type DnsRecord, type HeldRecord } from './records.ts';
import type { OwnedDesire, Store } from './store.ts';
import { findZone, type Zone } from './zones.ts';

/**
 * The desired records of an owner, or of all when it is empty, with what the servers have. The
 * state is UNKNOWN where a server cannot be asked.
 */
export async function listStates(
  store: Store,
  zones: readonly Zone[],
  { owner, signal }: { owner: string; signal: AbortSignal },
): Promise<RecordStatus[]> {
  const records = store.list(owner);
  const ttls = new Map(mergeDesired(store.list('')).map((record) => [recordKey(record), record.ttl]));
  const byZone = Map.groupBy(records, ({ name }) => findZone(name, zones));
  const actual = new Map(
    await Promise.all(
      [...byZone].map(async ([zone]) => [zone, zone && (await readZone(zone, signal))] as const),
    ),
  );
  return records.map((record) => {
    const zone = findZone(record.name, zones);
    const wanted = { ...record, ttl: ttls.get(recordKey(record)) ?? record.ttl };
    return toStatus(record, zone, stateOf(wanted, actual.get(zone)));
  });
}

async function readZone(zone: Zone, signal: AbortSignal): Promise<HeldRecord[] | undefined> {
  try {
    return await zone.provider.list({ signal });
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

function stateOf(wanted: DnsRecord, actual: readonly HeldRecord[] | undefined): RecordState {
  if (!actual) return RecordState.UNKNOWN;
  const held = actual.find((each) => recordKey(each) === recordKey(wanted));
  if (!held) return RecordState.MISSING;
  return held.ttl === wanted.ttl ? RecordState.IN_STEP : RecordState.DIFFERS;
}

function toStatus(record: OwnedDesire, zone: Zone | undefined, state: RecordState): RecordStatus {
  return {
    record: toMessage(record),
    owner: record.owner,
    zone: zone?.name ?? '',
    provider: zone?.provider.name ?? '',
    state,
  };
}
