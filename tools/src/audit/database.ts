import Database from 'better-sqlite3';

/** Runs a query and returns all its rows. */
export type Rows = <Row>(sql: string) => Row[];

/** Reads a daemon's SQLite file beside the daemon that has it open. Throws when it is not there. */
export function readDatabase<Result>(path: string, read: (rows: Rows) => Result): Result {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const rows: Rows = <Row>(sql: string) => database.prepare<[], Row>(sql).all();
    // One transaction: everything is of the same instant.
    return database.transaction(() => read(rows))();
  } finally {
    database.close();
  }
}
