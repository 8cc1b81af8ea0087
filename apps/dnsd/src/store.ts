import type { Connection } from '@mcp/daemon/sqlite';
import type { DnsRecord, HeldRecord, RecordIdentity } from './records.ts';

export interface OwnedDesire extends DnsRecord {
  /** "<node>/<service>". */
  owner: string;
}

/** What is ours at the server, or may be. */
export interface OwnedRecord extends RecordIdentity {
  /** The server's id for it; empty until it was seen there. */
  id: string;
}

/** What every owner wants, and what at the server is ours. Each method is one transaction. */
export interface Store {
  /** Ordered by name, type and value; of one owner, or of all when it is empty. */
  list(owner: string): OwnedDesire[];
  owned(): OwnedRecord[];
  /** Remembers the ids of owned records among those that a server has. */
  see(held: readonly HeldRecord[]): void;
  /** Makes the owner's wishes exactly `records`, and every one of them ours. */
  replace(owner: string, records: readonly DnsRecord[]): void;
  /** Puts the owner's wishes back to `previous`, and lets go of `disowned`. */
  restore(owner: string, previous: readonly DnsRecord[], disowned: readonly RecordIdentity[]): void;
  disown(records: readonly RecordIdentity[]): void;
}

export function createStore(database: Connection): Store {
  const select = database.prepare<[string, string], OwnedDesire>(
    `SELECT owner, name, type, value, ttl FROM desired WHERE owner = ? OR ? = '' ORDER BY name, type, value, owner`,
  );
  const selectOwned = database.prepare<[], OwnedRecord>('SELECT name, type, value, id FROM owned');
  const remove = database.prepare<[string]>('DELETE FROM desired WHERE owner = ?');
  const insert = database.prepare<[string, string, string, string, number]>(
    'INSERT INTO desired (owner, name, type, value, ttl) VALUES (?, ?, ?, ?, ?)',
  );
  const own = database.prepare<[string, string, string]>(
    'INSERT INTO owned (name, type, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const see = database.prepare<[string, string, string, string]>(
    'UPDATE owned SET id = ? WHERE name = ? AND type = ? AND value = ?',
  );
  const disown = database.prepare<[string, string, string]>(
    'DELETE FROM owned WHERE name = ? AND type = ? AND value = ?',
  );

  function write(owner: string, records: readonly DnsRecord[]): void {
    remove.run(owner);
    for (const { name, type, value, ttl } of records) insert.run(owner, name, type, value, ttl);
  }

  function disownAll(records: readonly RecordIdentity[]): void {
    for (const { name, type, value } of records) disown.run(name, type, value);
  }

  return {
    list: (owner) => select.all(owner, owner),
    owned: () => selectOwned.all(),
    see: database.transaction((held: readonly HeldRecord[]) => {
      for (const { id, name, type, value } of held) see.run(id, name, type, value);
    }).immediate,
    replace: database.transaction((owner: string, records: readonly DnsRecord[]) => {
      write(owner, records);
      for (const { name, type, value } of records) own.run(name, type, value);
    }).immediate,
    restore: database.transaction(
      (owner: string, previous: readonly DnsRecord[], disowned: readonly RecordIdentity[]) => {
        write(owner, previous);
        disownAll(disowned);
      },
    ).immediate,
    disown: database.transaction(disownAll).immediate,
  };
}
