import { chmodSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * Copies the database at `path` consistently, while its daemon runs, to
 * `backups/<name>-<UTC time>.db` beside it (`VACUUM INTO`, mode 0600) and returns
 * that path.
 */
export function snapshotDatabase(path: string, now: Date): string {
  const folder = join(dirname(path), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = now
    .toISOString()
    .replaceAll(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  const target = join(folder, `${basename(path, '.db')}-${stamp}.db`);
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  chmodSync(target, 0o600);
  return target;
}
