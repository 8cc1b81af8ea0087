import { ServiceError } from '@mcp/daemon/errors';
import type { Connection } from '@mcp/daemon/sqlite';
import type { Zone } from '@mcp/proto/mcns';
import type { RecordType } from '@mcp/dns/values';
import { nextSerial } from './serial.ts';

/** What a caller says of a record. */
export interface RecordData {
  /** Relative to the zone, "@" for the apex. */
  name: string;
  type: RecordType;
  value: string;
  /** Seconds. */
  ttl: number;
}

export interface StoredRecord extends RecordData {
  id: number;
  zone: string;
  createdAt: Date;
  updatedAt: Date;
}

/** What a caller says of a zone. */
export type ZoneData = Omit<Zone, 'serial'>;

interface RecordRow extends RecordData {
  id: number;
  zone: string;
  created_at: number;
  updated_at: number;
}

type Change = RecordData & { zone: string };
type ChangeRow = Change & { id: number; now: number };

/**
 * Zones and their records. Each method is one transaction; one that changes a zone's content
 * bumps its serial in the same transaction.
 */
export interface Store {
  listZones(): Zone[];
  findZone(name: string): Zone | undefined;
  /** Throws already_exists. */
  createZone(zone: ZoneData, now: Date): Zone;
  /** Throws not_found. */
  updateZone(zone: ZoneData, now: Date): Zone;
  /** False when there was none. */
  deleteZone(name: string): boolean;
  /** Ordered by name, type and value. */
  listRecords(zone: string): StoredRecord[];
  findRecord(zone: string, id: number): StoredRecord | undefined;
  /** Throws already_exists for a duplicate and for a CNAME that is not alone. */
  createRecord(record: Change, now: Date): StoredRecord;
  /** Throws as createRecord does, and not_found. A record that already is so keeps its times. */
  updateRecord(record: Change & { id: number }, now: Date): StoredRecord;
  /** False when there was none. */
  deleteRecord(record: { zone: string; id: number }, now: Date): boolean;
}

const ZONE_COLUMNS = `name, primary_ns AS primaryNs, admin_email AS adminEmail, refresh, retry, expire,
  minimum_ttl AS minimumTtl, serial`;

export function createStore(database: Connection): Store {
  const selectZones = database.prepare<[], Zone>(`SELECT ${ZONE_COLUMNS} FROM zones ORDER BY name`);
  const selectZone = database.prepare<[string], Zone>(`SELECT ${ZONE_COLUMNS} FROM zones WHERE name = ?`);
  const insertZone = database.prepare<[Zone]>(
    `INSERT INTO zones (name, primary_ns, admin_email, refresh, retry, expire, minimum_ttl, serial)
     VALUES (@name, @primaryNs, @adminEmail, @refresh, @retry, @expire, @minimumTtl, @serial)`,
  );
  const replaceZone = database.prepare<[Zone]>(
    `UPDATE zones SET primary_ns = @primaryNs, admin_email = @adminEmail, refresh = @refresh, retry = @retry,
       expire = @expire, minimum_ttl = @minimumTtl, serial = @serial WHERE name = @name`,
  );
  const removeZone = database.prepare<[string]>('DELETE FROM zones WHERE name = ?');
  const setSerial = database.prepare<[number, string]>('UPDATE zones SET serial = ? WHERE name = ?');
  const selectRecords = database.prepare<[string], RecordRow>(
    'SELECT * FROM records WHERE zone = ? ORDER BY name, type, value',
  );
  const selectRecord = database.prepare<[string, number], RecordRow>(
    'SELECT * FROM records WHERE zone = ? AND id = ?',
  );
  // A CNAME stands alone (RFC 1034 3.6.2): it conflicts with every record of its name, another one with a CNAME.
  const selectConflict = database.prepare<[Change & { id: number }], RecordRow>(
    `SELECT * FROM records WHERE zone = @zone AND name = @name AND id <> @id
       AND ((type = @type AND value = @value) OR (type = 'CNAME') <> (@type = 'CNAME')
            OR (type = 'CNAME' AND @type = 'CNAME')) LIMIT 1`,
  );
  const insertRecord = database.prepare<[Omit<ChangeRow, 'id'>]>(
    `INSERT INTO records (zone, name, type, value, ttl, created_at, updated_at)
     VALUES (@zone, @name, @type, @value, @ttl, @now, @now)`,
  );
  const replaceRecord = database.prepare<[ChangeRow]>(
    `UPDATE records SET name = @name, type = @type, value = @value, ttl = @ttl, updated_at = @now
     WHERE zone = @zone AND id = @id`,
  );
  const removeRecord = database.prepare<[string, number]>('DELETE FROM records WHERE zone = ? AND id = ?');

  function requireZone(name: string): Zone {
    const zone = selectZone.get(name);
    if (!zone) throw zoneNotFound(name);
    return zone;
  }

  function findRecord(zone: string, id: number): StoredRecord | undefined {
    const row = selectRecord.get(zone, id);
    return row && toRecord(row);
  }

  function bumpSerial(zone: string, now: Date): void {
    setSerial.run(nextSerial(requireZone(zone).serial, now), zone);
  }

  function requireNoConflict(record: Change & { id: number }): void {
    const other = selectConflict.get(record);
    if (!other) return;
    const reason =
      other.type === record.type && other.value === record.value
        ? 'exists already'
        : `conflicts with ${other.type} ${other.value}: a name with a CNAME has no other record`;
    throw new ServiceError(
      'already_exists',
      `${record.type} record ${record.name} ${record.value} in ${record.zone} ${reason}`,
      { details: { resource: String(other.id) } },
    );
  }

  return {
    listZones: () => selectZones.all(),
    findZone: (name) => selectZone.get(name),
    createZone: database.transaction((zone: ZoneData, now: Date) => {
      if (selectZone.get(zone.name))
        throw new ServiceError('already_exists', `zone ${zone.name} exists already`, {
          details: { resource: zone.name },
        });
      insertZone.run({ ...zone, serial: nextSerial(0, now) });
      return requireZone(zone.name);
    }).immediate,
    updateZone: database.transaction((zone: ZoneData, now: Date) => {
      replaceZone.run({ ...zone, serial: nextSerial(requireZone(zone.name).serial, now) });
      return requireZone(zone.name);
    }).immediate,
    deleteZone: (name) => removeZone.run(name).changes > 0,
    listRecords: (zone) => selectRecords.all(zone).map(toRecord),
    findRecord,
    createRecord: database.transaction((record: Change, now: Date) => {
      bumpSerial(record.zone, now);
      requireNoConflict({ ...record, id: 0 });
      const { lastInsertRowid } = insertRecord.run({ ...record, now: now.getTime() });
      return findRecord(record.zone, Number(lastInsertRowid))!;
    }).immediate,
    updateRecord: database.transaction((record: Change & { id: number }, now: Date) => {
      requireZone(record.zone);
      const held = findRecord(record.zone, record.id);
      if (!held) throw recordNotFound(record.zone, record.id);
      if (isSame(held, record)) return held;
      requireNoConflict(record);
      replaceRecord.run({ ...record, now: now.getTime() });
      bumpSerial(record.zone, now);
      return findRecord(record.zone, record.id)!;
    }).immediate,
    deleteRecord: database.transaction(({ zone, id }: { zone: string; id: number }, now: Date) => {
      const deleted = removeRecord.run(zone, id).changes > 0;
      if (deleted) bumpSerial(zone, now);
      return deleted;
    }).immediate,
  };
}

export function zoneNotFound(name: string): ServiceError {
  return new ServiceError('not_found', `zone ${name} does not exist here`, { details: { resource: name } });
}

export function recordNotFound(zone: string, id: number): ServiceError {
  return new ServiceError('not_found', `zone ${zone} has no record ${id}`, {
    details: { resource: String(id) },
  });
}

function isSame(a: RecordData, b: RecordData): boolean {
  return a.name === b.name && a.type === b.type && a.value === b.value && a.ttl === b.ttl;
}

function toRecord({ created_at, updated_at, ...record }: RecordRow): StoredRecord {
  return { ...record, createdAt: new Date(created_at), updatedAt: new Date(updated_at) };
}
