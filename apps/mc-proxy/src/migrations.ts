/** Append-only; see libs/daemon/src/sqlite.ts. */
export const migrations = [
  `CREATE TABLE routes (
     port INTEGER NOT NULL,
     hostname TEXT NOT NULL,
     mode TEXT NOT NULL CHECK (mode IN ('l4', 'l7')),
     backend TEXT NOT NULL,
     backend_tls INTEGER NOT NULL CHECK (backend_tls IN (0, 1)),
     certificate_path TEXT NOT NULL, -- empty for l4
     key_path TEXT NOT NULL, -- empty for l4
     PRIMARY KEY (port, hostname)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE seeds (
     seeded_at INTEGER NOT NULL -- milliseconds since 1970
   ) STRICT;`,
];
