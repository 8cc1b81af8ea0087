import type { Logger } from '@mcp/daemon/logging';
import { converge, readScopes, type Scope } from './converge.ts';
import { recordKey, sameRecords, type DnsRecord } from './records.ts';
import type { Store } from './store.ts';
import { namesByZone, type Zone } from './zones.ts';

export interface Parts {
  store: Store;
  zones: readonly Zone[];
  log: Logger;
}

export interface Applied {
  previous: DnsRecord[];
  changed: boolean;
}

/**
 * Makes the owner's records exactly `wanted`, in the store and at the servers, and reads them
 * back. When that does not work, the store and, where they can be reached, the servers are put
 * back, and it throws: failed_precondition when a server refuses or a name is in no zone,
 * unavailable when one cannot be reached, aborted when a record does not stay. Not to run
 * beside another one or syncRecords.
 */
export async function applyRecords(
  { store, zones, log }: Parts,
  { owner, wanted, signal }: { owner: string; wanted: readonly DnsRecord[]; signal: AbortSignal },
): Promise<Applied> {
  const previous = store.list(owner);
  const names = namesByZone([...previous, ...wanted], zones);
  const ownedBefore = new Set(store.owned().map(recordKey));
  const added = wanted.filter((record) => !ownedBefore.has(recordKey(record)));
  store.replace(owner, wanted);

  const scopes = await readScopes(names, signal).catch((error: unknown) => {
    store.restore(owner, previous, added);
    throw error;
  });
  try {
    const changed = await converge(store, scopes, { desired: store.list(''), signal });
    return { previous, changed: changed || !sameRecords(previous, wanted) };
  } catch (error) {
    const adopted = adoptedRecords(added, scopes);
    store.restore(owner, previous, adopted);
    // The caller may have left by now: what was begun is put back whether it waits or not.
    const unattended = new AbortController().signal;
    await readScopes(names, unattended)
      .then((now) => converge(store, now, { desired: [...store.list(''), ...adopted], signal: unattended }))
      .catch((cause: unknown) => {
        log.warn({ err: cause, owner }, 'records not put back yet, the next sync does it');
      });
    throw error;
  }
}

/** Those of the added records that stood at the server before, as they stood there. */
function adoptedRecords(added: readonly DnsRecord[], scopes: readonly Scope[]): DnsRecord[] {
  const keys = new Set(added.map(recordKey));
  return scopes.flatMap(({ actual }) => actual).filter((record) => keys.has(recordKey(record)));
}
