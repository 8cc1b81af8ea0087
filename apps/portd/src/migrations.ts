/** Append-only; see libs/daemon/src/sqlite.ts. */
export const migrations = [
  `CREATE TABLE leases (
     port INTEGER PRIMARY KEY,
     owner TEXT NOT NULL,
     component TEXT NOT NULL,
     route TEXT NOT NULL,
     created_at INTEGER NOT NULL, -- milliseconds since 1970
     UNIQUE (owner, component, route)
   ) STRICT;`,
];
