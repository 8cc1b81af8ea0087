import type { Connection } from '@mcp/daemon/sqlite';
import { EventKind, type Event } from '@mcp/proto/agent';
import { createFollowers } from './followers.ts';

/** The table of the event log. */
export const eventsMigration = `CREATE TABLE events (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     time INTEGER NOT NULL, -- milliseconds since 1970
     kind INTEGER NOT NULL, -- number of mcp.agent.v1.EventKind
     service TEXT NOT NULL,
     resource TEXT NOT NULL,
     subject TEXT NOT NULL, -- which one of the resource; with it, what the event begins or ends
     state TEXT NOT NULL, -- how the subject stood
     message TEXT NOT NULL,
     operation TEXT NOT NULL
   ) STRICT;
   CREATE INDEX events_by_service ON events (service, resource, subject, sequence);`;

export interface NewEvent {
  time: Date;
  kind: EventKind;
  service: string;
  resource: string;
  message: string;
  /** Empty when no operation has to do with it. */
  operationId?: string;
  /** Which one of the resource. An event about one is open until a REPAIRED of the same. */
  subject?: string;
  /** A word for how the subject stood. */
  state?: string;
}

/** An event that no REPAIRED of the same subject has followed yet. */
export interface OpenEvent {
  event: Event;
  subject: string;
  state: string;
}

/** What the agent saw, or did by itself. Each method that writes is one durable transaction. */
export interface EventLog {
  append(event: NewEvent): Event;
  /** Newest first; of one service, or of all when it is empty. */
  list(service: string, limit: number): Event[];
  /** What is not over, oldest first: the last event of each subject, unless that is REPAIRED. */
  open(): OpenEvent[];
  /** Removes every event of a service. */
  forget(service: string): void;
  /** Keeps the newest `keep` events of each service. */
  prune(keep: number): void;
  /**
   * Events from this call on; of one service, or of all when it is empty. Ends when the signal is
   * aborted. Throws aborted to a reader that is more than 1,000 events behind: list, and follow again.
   */
  follow(service: string, signal: AbortSignal): AsyncIterable<Event>;
}

interface Row {
  sequence: number;
  time: number;
  kind: number;
  service: string;
  resource: string;
  subject: string;
  state: string;
  message: string;
  operation: string;
}

const COLUMNS = 'sequence, time, kind, service, resource, subject, state, message, operation';

export function createEventLog(database: Connection): EventLog {
  const insert = database.prepare<[Omit<Row, 'sequence'>], Row>(
    `INSERT INTO events (time, kind, service, resource, subject, state, message, operation)
     VALUES (:time, :kind, :service, :resource, :subject, :state, :message, :operation) RETURNING ${COLUMNS}`,
  );
  const selectLast = database.prepare<[number], Row>(
    `SELECT ${COLUMNS} FROM events ORDER BY sequence DESC LIMIT ?`,
  );
  const selectLastOf = database.prepare<[string, number], Row>(
    `SELECT ${COLUMNS} FROM events WHERE service = ? ORDER BY sequence DESC LIMIT ?`,
  );
  const selectOpen = database.prepare<[], Row>(
    `SELECT ${COLUMNS} FROM events WHERE kind <> ${EventKind.REPAIRED} AND sequence IN
       (SELECT max(sequence) FROM events WHERE subject <> '' GROUP BY service, resource, subject)
     ORDER BY sequence`,
  );
  const deleteOf = database.prepare('DELETE FROM events WHERE service = ?');
  const deleteOld = database.prepare(
    `DELETE FROM events WHERE sequence IN (SELECT sequence FROM
       (SELECT sequence, row_number() OVER (PARTITION BY service ORDER BY sequence DESC) AS age FROM events)
     WHERE age > ?)`,
  );
  const followers = createFollowers();

  return {
    append({ time, kind, service, resource, message, operationId = '', subject = '', state = '' }) {
      const row = insert.get({
        time: time.getTime(),
        kind,
        service,
        resource,
        subject,
        state,
        message,
        operation: operationId,
      });
      const event = toEvent(row!);
      followers.tell(event);
      return event;
    },
    list: (service, limit) =>
      (service === '' ? selectLast.all(limit) : selectLastOf.all(service, limit)).map(toEvent),
    open: () =>
      selectOpen.all().map((row) => ({ event: toEvent(row), subject: row.subject, state: row.state })),
    forget: (service) => void deleteOf.run(service),
    prune: (keep) => void deleteOld.run(keep),
    follow: followers.follow,
  };
}

function toEvent({ sequence, time, kind, service, resource, message, operation }: Row): Event {
  return {
    sequence: BigInt(sequence),
    time: new Date(time),
    kind: kind as EventKind,
    service,
    resource,
    message,
    operationId: operation,
  };
}
