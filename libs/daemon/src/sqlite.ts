import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';

export type { Database };
export type Connection = Database.Database;

const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens a daemon's SQLite file (created with mode 0600) in WAL mode with
 * `synchronous = FULL`, so that a committed row survives power loss, and brings
 * its schema up to date. `migrations` is append-only: the file's `user_version`
 * counts how many were applied. Throws when the file is from a newer build, and, saying
 * what to do, when it is damaged or not a database.
 */
export function openDatabase(path: string, migrations: readonly string[]): Connection {
  if (path !== ':memory:') createPrivateFile(path);
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    requireSound(database);
    migrate(database, path, migrations);
    return database;
  } catch (cause) {
    database.close();
    throw isDamage(cause) ? damaged(path, cause) : new Error(`open database ${path}`, { cause });
  }
}

/** Throws SQLITE_CORRUPT when a page or an index of the file is not what it should be. */
function requireSound(database: Connection): void {
  const found = database.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new Database.SqliteError(String(found), 'SQLITE_CORRUPT');
}

function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

function damaged(path: string, cause: unknown): Error {
  return new Error(
    `database ${path} is damaged: stop this program, move ${path}, ${path}-wal and ${path}-shm aside, put the ` +
      `newest snapshot from ${join(dirname(path), 'backups')} in its place if there is one, and start it again`,
    { cause },
  );
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  if (existsSync(path)) chmodSync(path, 0o600);
  else closeSync(openSync(path, 'a', 0o600));
}

function migrate(database: Connection, path: string, migrations: readonly string[]): void {
  database
    .transaction(() => {
      const applied = Number(database.pragma('user_version', { simple: true }));
      if (applied > migrations.length) {
        throw new Error(
          `${path} has schema ${applied}, this build knows ${migrations.length}: run the newer build`,
        );
      }
      for (const sql of migrations.slice(applied)) database.exec(sql);
      database.pragma(`user_version = ${migrations.length}`);
    })
    .immediate();
}
