import type { RecordType } from '@mcp/dns/values';

/** What a record is told apart by: several addresses of one name are several records. */
export interface RecordIdentity {
  /** Fully qualified, lower case, without the final dot. */
  name: string;
  type: RecordType;
  value: string;
}

export interface DnsRecord extends RecordIdentity {
  /** Seconds. */
  ttl: number;
}

/** A record as a server has it, with the server's id for it. */
export interface HeldRecord extends DnsRecord {
  id: string;
}

/** What makes a server match. */
export interface Plan {
  create: DnsRecord[];
  /** With the id at the server, and the TTL that is wanted. */
  update: HeldRecord[];
  remove: HeldRecord[];
}

/** A value may have spaces, a name and a type not, so no two identities have the same key. */
export function recordKey({ name, type, value }: RecordIdentity): string {
  return `${name} ${type} ${value}`;
}

/** A record for messages, for example "A web.example.net 10.0.0.1". */
export function describeRecord({ name, type, value }: RecordIdentity): string {
  return `${type} ${name} ${value}`;
}

/** One record per identity, of all that owners want; the lowest TTL wins. */
export function mergeDesired(desired: readonly DnsRecord[]): DnsRecord[] {
  const merged = new Map<string, DnsRecord>();
  for (const { name, type, value, ttl } of desired) {
    const key = recordKey({ name, type, value });
    merged.set(key, { name, type, value, ttl: Math.min(ttl, merged.get(key)?.ttl ?? ttl) });
  }
  return [...merged.values()];
}

/**
 * Compares what is desired with what the server has. A desired record that is there already,
 * whoever made it, is taken as it is; one that is not desired is removed only when it is owned, or
 * was until another hand changed its value: the server's id for it tells.
 */
export function planChanges({
  desired,
  owned,
  actual,
}: {
  desired: readonly DnsRecord[];
  owned: readonly (RecordIdentity & { id?: string })[];
  actual: readonly HeldRecord[];
}): Plan {
  const ownedKeys = new Set(owned.map(recordKey));
  const idOf = ({ name, id = '' }: { name: string; id?: string }) => `${name} ${id}`;
  const ownedIds = new Set(owned.filter(({ id = '' }) => id !== '').map(idOf));
  const wanted = new Map(mergeDesired(desired).map((record) => [recordKey(record), record]));
  const plan: Plan = { create: [], update: [], remove: [] };
  for (const held of actual) {
    const key = recordKey(held);
    const want = wanted.get(key);
    wanted.delete(key);
    if (want && want.ttl !== held.ttl) plan.update.push({ ...held, ttl: want.ttl });
    if (!want && (ownedKeys.has(key) || ownedIds.has(idOf(held)))) plan.remove.push(held);
  }
  plan.create.push(...wanted.values());
  return plan;
}

export function isEmpty({ create, update, remove }: Plan): boolean {
  return create.length + update.length + remove.length === 0;
}

/** The owned records that are neither desired nor at the server: nothing is left to do for them. */
export function settledRecords<Identity extends RecordIdentity>({
  desired,
  owned,
  actual,
}: {
  desired: readonly RecordIdentity[];
  owned: readonly Identity[];
  actual: readonly RecordIdentity[];
}): Identity[] {
  const alive = new Set([...desired, ...actual].map(recordKey));
  return owned.filter((record) => !alive.has(recordKey(record)));
}

/** True when both have the same records with the same TTLs, in any order. */
export function sameRecords(a: readonly DnsRecord[], b: readonly DnsRecord[]): boolean {
  const keys = (records: readonly DnsRecord[]) =>
    records
      .map((record) => `${recordKey(record)} ${record.ttl}`)
      .sort()
      .join('\n');
  return keys(a) === keys(b);
}
