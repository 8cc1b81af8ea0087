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
  // SQLite cannot change a UNIQUE constraint in place.
  `CREATE TABLE leases_with_generation (
     port INTEGER PRIMARY KEY,
     owner TEXT NOT NULL,
     component TEXT NOT NULL,
     route TEXT NOT NULL,
     generation INTEGER NOT NULL CHECK (generation >= 0),
     created_at INTEGER NOT NULL, -- milliseconds since 1970
     UNIQUE (owner, component, route, generation)
   ) STRICT;
   INSERT INTO leases_with_generation (port, owner, component, route, generation, created_at)
     SELECT port, owner, component, route, 0, created_at FROM leases;
   DROP TABLE leases;
   ALTER TABLE leases_with_generation RENAME TO leases;`,
];
