/** Append-only; see libs/daemon/src/sqlite.ts. */
export const migrations = [
  `CREATE TABLE routes (
     hostname TEXT NOT NULL,
     port INTEGER NOT NULL,
     owner TEXT NOT NULL,
     mode TEXT NOT NULL CHECK (mode IN ('l4', 'l7')),
     backend TEXT NOT NULL,
     backend_tls INTEGER NOT NULL CHECK (backend_tls IN (0, 1)),
     certificate_path TEXT NOT NULL, -- empty for l4
     key_path TEXT NOT NULL, -- empty for l4
     PRIMARY KEY (hostname, port)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX routes_by_owner ON routes (owner);
   -- Routes of ours that no owner wants any more and the proxy may still have.
   CREATE TABLE removals (
     hostname TEXT NOT NULL,
     port INTEGER NOT NULL,
     PRIMARY KEY (hostname, port)
   ) STRICT, WITHOUT ROWID;`,
];
