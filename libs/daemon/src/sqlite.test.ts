import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import { snapshotDatabase } from './snapshot.ts';
import { openDatabase } from './sqlite.ts';

const CREATE = 'CREATE TABLE things (name TEXT) STRICT';

test('a new file is private, in WAL mode, and keeps what was committed through power loss', () => {
  const path = join(temporaryDirectory(), 'data', 'x.db');
  const database = openDatabase(path, [CREATE]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(database.pragma('synchronous', { simple: true })).toBe(2);
  database.close();
});

test('applies each migration once', () => {
  const path = join(temporaryDirectory(), 'x.db');
  openDatabase(path, [CREATE]).close();
  const database = openDatabase(path, [CREATE, 'ALTER TABLE things ADD COLUMN size INTEGER']);
  expect(database.pragma('user_version', { simple: true })).toBe(2);
  database.close();
});

test('refuses a file from a newer build, and leaves it as it is', () => {
  const path = join(temporaryDirectory(), 'x.db');
  openDatabase(path, [CREATE, 'CREATE TABLE more (name TEXT) STRICT']).close();
  expect(() => openDatabase(path, [CREATE])).toThrow(`open database ${path}`);
});

test('a failing migration changes nothing', () => {
  const path = join(temporaryDirectory(), 'x.db');
  openDatabase(path, [CREATE]).close();
  expect(() => openDatabase(path, [CREATE, 'CREATE TABLE more (name TEXT) STRICT; nonsense'])).toThrow();
  const database = new Database(path);
  expect(database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").pluck().get()).toBe(0);
  database.close();
});

test('a file that is no database is named, with what to do', () => {
  const path = join(temporaryDirectory(), 'x.db');
  writeFileSync(path, 'not a database, but long enough to be read as one'.repeat(100));
  expect(() => openDatabase(path, [CREATE])).toThrow(
    `database ${path} is damaged: stop this program, move ${path}, ${path}-wal and ${path}-shm aside`,
  );
});

test('a file that was cut short is damaged too', () => {
  const path = join(temporaryDirectory(), 'x.db');
  const database = openDatabase(path, [CREATE]);
  const insert = database.prepare('INSERT INTO things VALUES (?)');
  database.transaction(() => {
    for (let count = 0; count < 2000; count++) insert.run('x'.repeat(100));
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  truncateSync(path, Math.floor(statSync(path).size / 2));
  expect(() => openDatabase(path, [CREATE])).toThrow(`database ${path} is damaged`);
});

test('a snapshot is a whole database, taken while the daemon writes', () => {
  const path = join(temporaryDirectory(), 'x.db');
  const database = openDatabase(path, [CREATE]);
  database.exec("INSERT INTO things VALUES ('one')");
  const copy = snapshotDatabase(path, new Date('2026-11-23T12:00:00.123Z'));
  expect(copy).toMatch(/backups\/x-20261123T120000Z\.db$/);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  const opened = new Database(copy, { readonly: true });
  expect(opened.prepare('SELECT name FROM things').pluck().all()).toEqual(['one']);
  opened.close();
  database.close();
});
