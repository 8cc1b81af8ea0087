import type { Connection } from '@mcp/daemon/sqlite';
import type { OperationKind } from './operation.ts';

/**
 * How an operation stands in the journal. 'committed': past the point of no return, it
 * is only ever rolled forward. The last three are ends.
 */
export type JournalState = 'running' | 'undoing' | 'committed' | 'succeeded' | 'up_to_date' | 'rolled_back';

export interface JournalEntry {
  id: string;
  kind: OperationKind;
  service: string;
  /** JSON of what the operation was asked. */
  inputs: string;
  caller: string;
  state: JournalState;
  error: string;
  /** Steps that could not be undone, or finished, yet. */
  stuck: string[];
  /** What it was to make run; empty for an operation that does not choose. */
  version: string;
  /** The generation that ran when it ended; 0 for none, and while it runs. */
  generation: number;
  startedAt: Date;
  endedAt: Date | undefined;
}

export interface StepRecord {
  /** JSON of what the step returned; undefined when it began and is not known to be done. */
  output: string | undefined;
  undone: boolean;
}

/** The journal of operations and steps. Every method is one durable transaction. */
export interface Journal {
  begin(
    entry: Pick<JournalEntry, 'id' | 'kind' | 'service' | 'inputs' | 'caller' | 'version' | 'startedAt'>,
  ): void;
  setState(
    id: string,
    state: JournalState,
    change?: { error?: string; stuck?: string[]; endedAt?: Date; generation?: number },
  ): void;
  get(id: string): JournalEntry | undefined;
  /** Newest first; of one service, or of all when it is empty. */
  list(service: string, limit: number): JournalEntry[];
  /** Operations that have not ended, oldest first. */
  unfinished(): JournalEntry[];
  steps(id: string): Map<string, StepRecord>;
  stepStarted(id: string, step: string): void;
  /** Records the output; `commits` passes the point of no return in the same transaction. */
  stepDone(id: string, step: string, output: string, commits: boolean): void;
  stepUndone(id: string, step: string): void;
  /** True for an operation that is, or was, in the journal: what it made is the agent's. */
  knows(id: string): boolean;
  /** Puts in an operation that only the labels of its containers tell of; one that is there stays as it is. */
  recover(operation: Pick<JournalEntry, 'id' | 'service'>, now: Date): void;
  /** Forgets the service's operations that have ended, but not the operation `except`. */
  forget(service: string, except: string): void;
  /** Forgets all but the newest operations of a service that have ended. */
  prune(service: string, keep: number): void;
}

type Row = Omit<JournalEntry, 'startedAt' | 'endedAt' | 'stuck'> & {
  stuck: string;
  started_at: number;
  ended_at: number | null;
};

const COLUMNS =
  'id, kind, service, inputs, caller, state, error, stuck, version, generation, started_at, ended_at';
const ENDED = `('succeeded', 'up_to_date', 'rolled_back')`;

export function createJournal(database: Connection): Journal {
  const insert = database.prepare(
    `INSERT INTO operations (id, kind, service, inputs, caller, state, version, started_at)
     VALUES (?, ?, ?, ?, ?, 'running', ?, ?)`,
  );
  const update = database.prepare(
    `UPDATE operations SET state = ?, error = coalesce(?, error), stuck = coalesce(?, stuck),
       generation = coalesce(?, generation), ended_at = ? WHERE id = ?`,
  );
  const select = database.prepare<[string], Row>(`SELECT ${COLUMNS} FROM operations WHERE id = ?`);
  const selectLast = database.prepare<[string, string, number], Row>(
    `SELECT ${COLUMNS} FROM operations WHERE service = ? OR ? = '' ORDER BY sequence DESC LIMIT ?`,
  );
  const selectUnfinished = database.prepare<[], Row>(
    `SELECT ${COLUMNS} FROM operations WHERE state NOT IN ${ENDED} ORDER BY sequence`,
  );
  const selectSteps = database.prepare<[string], { name: string; output: string | null; undone: number }>(
    'SELECT name, output, undone FROM steps WHERE operation = ?',
  );
  const insertStep = database.prepare('INSERT OR IGNORE INTO steps (operation, name) VALUES (?, ?)');
  const finishStep = database.prepare('UPDATE steps SET output = ? WHERE operation = ? AND name = ?');
  const undoStep = database.prepare('UPDATE steps SET undone = 1 WHERE operation = ? AND name = ?');
  const insertRecovered = database.prepare(
    `INSERT OR IGNORE INTO operations (id, kind, service, inputs, caller, state, error, started_at, ended_at)
     VALUES (?, 'deploy', ?, '{}', 'unknown', 'succeeded', 'read from the labels of its containers', ?, ?)`,
  );
  const deleteEnded = database.prepare(
    `DELETE FROM operations WHERE service = ? AND id <> ? AND state IN ${ENDED}`,
  );
  const deleteOld = database.prepare(
    `DELETE FROM operations WHERE service = ? AND state IN ${ENDED} AND sequence NOT IN
       (SELECT sequence FROM operations WHERE service = ? ORDER BY sequence DESC LIMIT ?)`,
  );

  return {
    begin: ({ id, kind, service, inputs, caller, version, startedAt }) =>
      void insert.run(id, kind, service, inputs, caller, version, startedAt.getTime()),
    setState: (id, state, { error, stuck, endedAt, generation } = {}) =>
      void update.run(state, error, stuck && JSON.stringify(stuck), generation, endedAt?.getTime(), id),
    get: (id) => toEntry(select.get(id)),
    list: (service, limit) => selectLast.all(service, service, limit).map((row) => toEntry(row)!),
    unfinished: () => selectUnfinished.all().map((row) => toEntry(row)!),
    steps: (id) =>
      new Map(
        selectSteps
          .all(id)
          .map(({ name, output, undone }) => [name, { output: output ?? undefined, undone: undone === 1 }]),
      ),
    stepStarted: (id, step) => void insertStep.run(id, step),
    stepDone: database.transaction((id: string, step: string, output: string, commits: boolean) => {
      finishStep.run(output, id, step);
      if (commits) update.run('committed', null, null, null, null, id);
    }).immediate,
    stepUndone: (id, step) => void undoStep.run(id, step),
    knows: (id) => select.get(id) !== undefined,
    recover: ({ id, service }, now) => void insertRecovered.run(id, service, now.getTime(), now.getTime()),
    forget: (service, except) => void deleteEnded.run(service, except),
    prune: (service, keep) => void deleteOld.run(service, service, keep),
  };
}

function toEntry(row: Row | undefined): JournalEntry | undefined {
  if (!row) return undefined;
  const { started_at, ended_at, stuck, ...entry } = row;
  return {
    ...entry,
    stuck: JSON.parse(stuck) as string[],
    startedAt: new Date(started_at),
    endedAt: ended_at === null ? undefined : new Date(ended_at),
  };
}
