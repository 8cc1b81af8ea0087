import type { Caller } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import type { ZoneIndex } from './dns/zone-index.ts';
import { lowerCase } from '@mcp/dns/names';
import { APEX, requireRecordName } from './names.ts';
import { requireReader, requireRecordEditor } from './permissions.ts';
import { requireTtl, requireType, requireValue } from './record-values.ts';
import { recordNotFound, zoneNotFound, type RecordData, type Store, type StoredRecord } from './store.ts';
import { zoneKey } from './zones.ts';

/** A record as a caller gives it, not yet checked. A TTL of 0 takes the default. */
export interface RecordInput {
  name: string;
  type: string;
  value: string;
  ttl: number;
}

/** Which record: its zone's name and its id. */
export interface RecordKey {
  zone: string;
  id: number;
}

/**
 * The records of zones, the same for REST and gRPC: checks the caller and the request, stores,
 * and answers queries with it before it returns. Everything throws permission_denied and
 * not_found; what changes a record also invalid_argument and already_exists.
 */
export interface Records {
  /** Empty filters take everything. */
  list(caller: Caller, zone: string, filter: { name: string; type: string }): StoredRecord[];
  get(caller: Caller, key: RecordKey): StoredRecord;
  create(caller: Caller, zone: string, input: RecordInput): StoredRecord;
  update(caller: Caller, key: RecordKey, input: RecordInput): StoredRecord;
  remove(caller: Caller, key: RecordKey): void;
}

interface Parts {
  store: Store;
  index: ZoneIndex;
  log: Logger;
  now?: () => Date;
}

export function createRecords({ store, index, log, now = () => new Date() }: Parts): Records {
  function requireZone(name: string): string {
    const zone = zoneKey(name);
    if (!store.findZone(zone)) throw zoneNotFound(zone);
    return zone;
  }

  function requireRecord({ zone, id }: RecordKey): StoredRecord {
    const name = requireZone(zone);
    const record = store.findRecord(name, id);
    if (!record) throw recordNotFound(name, id);
    return record;
  }

  function publish(zone: string): void {
    const found = store.findZone(zone);
    if (found) index.publish(found, store.listRecords(zone));
  }

  return {
    list(caller, zone, filter) {
      requireReader(caller);
      const name = lowerCase(filter.name);
      const type = filter.type === '' ? '' : requireType(filter.type);
      return store
        .listRecords(requireZone(zone))
        .filter((record) => (name === '' || record.name === name) && (type === '' || record.type === type));
    },
    get(caller, key) {
      requireReader(caller);
      return requireRecord(key);
    },
    create(caller, zoneName, input) {
      requireReader(caller);
      const zone = requireZone(zoneName);
      const data = requireData(input, zone);
      requireRecordEditor(caller, [data.name]);
      const record = store.createRecord({ ...data, zone }, now());
      publish(zone);
      log.info({ caller: caller.name, ...about(record) }, 'record created');
      return record;
    },
    update(caller, key, input) {
      requireReader(caller);
      const held = requireRecord(key);
      const data = requireData(input, held.zone);
      requireRecordEditor(caller, [held.name, data.name]);
      const record = store.updateRecord({ ...data, zone: held.zone, id: key.id }, now());
      publish(held.zone);
      log.info({ caller: caller.name, ...about(record), was: about(held) }, 'record updated');
      return record;
    },
    remove(caller, key) {
      requireReader(caller);
      const held = requireRecord(key);
      requireRecordEditor(caller, [held.name]);
      if (!store.deleteRecord(held, now())) throw recordNotFound(held.zone, key.id);
      publish(held.zone);
      log.info({ caller: caller.name, ...about(held) }, 'record deleted');
    },
  };
}

function requireData(input: RecordInput, zone: string): RecordData {
  const name = requireRecordName(input.name, zone);
  const type = requireType(input.type);
  if (type === 'CNAME' && name === APEX) {
    throw new ServiceError('invalid_argument', `name @ of ${zone} has SOA and NS, so it cannot be a CNAME`, {
      details: { field: 'name' },
    });
  }
  return { name, type, value: requireValue(type, input.value), ttl: requireTtl(input.ttl) };
}

function about({ zone, name, type, value, ttl }: StoredRecord) {
  return { zone, name, type, value, ttl };
}
