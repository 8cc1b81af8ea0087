/** Append-only; see libs/daemon/src/sqlite.ts. */
export const migrations = [
  `CREATE TABLE desired (
     owner TEXT NOT NULL,
     name TEXT NOT NULL,
     type TEXT NOT NULL CHECK (type IN ('A', 'AAAA', 'CNAME', 'TXT')),
     value TEXT NOT NULL,
     ttl INTEGER NOT NULL CHECK (ttl BETWEEN 1 AND 604800),
     PRIMARY KEY (owner, name, type, value)
   ) STRICT;
   -- What stands at the server, or may stand there, and is ours to change and to remove. It outlives the wish for
   -- it until the server is seen without it.
   CREATE TABLE owned (
     name TEXT NOT NULL,
     type TEXT NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (name, type, value)
   ) STRICT;`,
  `-- The server's id for it, as last seen: by that a record is known whose value another hand changed.
   ALTER TABLE owned ADD COLUMN id TEXT NOT NULL DEFAULT '';`,
];
