import { eventsMigration } from './events/event-log.ts';

/** Append-only; see libs/daemon/src/sqlite.ts. */
export const migrations = [
  `CREATE TABLE services (
     name TEXT PRIMARY KEY,
     active INTEGER NOT NULL CHECK (active IN (0, 1)),
     generation INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE generations (
     service TEXT NOT NULL,
     number INTEGER NOT NULL,
     content TEXT NOT NULL, -- JSON, generation.ts
     created_at INTEGER NOT NULL, -- milliseconds since 1970
     PRIMARY KEY (service, number)
   ) STRICT;
   CREATE TABLE operations (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     kind TEXT NOT NULL,
     service TEXT NOT NULL,
     inputs TEXT NOT NULL, -- JSON
     caller TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('running', 'undoing', 'committed', 'succeeded', 'up_to_date', 'rolled_back')),
     error TEXT NOT NULL DEFAULT '',
     stuck TEXT NOT NULL DEFAULT '[]', -- JSON, step names
     started_at INTEGER NOT NULL,
     ended_at INTEGER
   ) STRICT;
   CREATE INDEX operations_by_service ON operations (service, sequence);
   CREATE TABLE steps (
     operation TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
     name TEXT NOT NULL,
     output TEXT, -- JSON; null until the step is done
     undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
     PRIMARY KEY (operation, name)
   ) STRICT;`,
  `ALTER TABLE operations ADD COLUMN version TEXT NOT NULL DEFAULT '';
   ALTER TABLE operations ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;`,
  eventsMigration,
];
