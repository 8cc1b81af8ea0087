/** Append-only; see libs/daemon/src/sqlite.ts. */
export const migrations = [
  `CREATE TABLE zones (
     name TEXT PRIMARY KEY,
     primary_ns TEXT NOT NULL,
     admin_email TEXT NOT NULL,
     refresh INTEGER NOT NULL CHECK (refresh BETWEEN 1 AND 2147483647),
     retry INTEGER NOT NULL CHECK (retry BETWEEN 1 AND 2147483647),
     expire INTEGER NOT NULL CHECK (expire BETWEEN 1 AND 2147483647),
     minimum_ttl INTEGER NOT NULL CHECK (minimum_ttl BETWEEN 1 AND 2147483647),
     serial INTEGER NOT NULL CHECK (serial BETWEEN 0 AND 4294967295)
   ) STRICT;
   -- AUTOINCREMENT: an id is never given to another record, so a late delete by id cannot hit one.
   CREATE TABLE records (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     zone TEXT NOT NULL REFERENCES zones (name) ON DELETE CASCADE,
     name TEXT NOT NULL,
     type TEXT NOT NULL CHECK (type IN ('A', 'AAAA', 'CNAME', 'TXT')),
     value TEXT NOT NULL,
     ttl INTEGER NOT NULL CHECK (ttl BETWEEN 1 AND 604800),
     created_at INTEGER NOT NULL, -- milliseconds since 1970
     updated_at INTEGER NOT NULL,
     UNIQUE (zone, name, type, value)
   ) STRICT;`,
];
