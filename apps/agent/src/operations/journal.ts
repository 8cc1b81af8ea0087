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
  begin(entry: Pick<JournalEntry, 'id' | 'kind' | 'service' | 'inputs' | 'caller' | 'startedAt'>): void;
  setState(
    id: string,
    state: JournalState,
    change?: { error?: string; stuck?: string[]; endedAt?: Date },
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
}

type Row = Omit<JournalEntry, 'startedAt' | 'endedAt' | 'stuck'> & {
  stuck: string;
  started_at: number;
  ended_at: number | null;
};

const COLUMNS = 'id, kind, service, inputs, caller, state, error, stuck, started_at, ended_at';
const ENDED = `('succeeded', 'up_to_date', 'rolled_back')`;

export function createJournal(database: Connection): Journal {
  const insert = database.prepare(
    `INSERT INTO operations (id, kind, service, inputs, caller, state, started_at)
     VALUES (?, ?, ?, ?, ?, 'running', ?)`,
  );
  const update = database.prepare(
    `UPDATE operations SET state = ?, error = coalesce(?, error), stuck = coalesce(?, stuck), ended_at = ? WHERE id = ?`,
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

  return {
    begin: ({ id, kind, service, inputs, caller, startedAt }) =>
      void insert.run(id, kind, service, inputs, caller, startedAt.getTime()),
    setState: (id, state, { error, stuck, endedAt } = {}) =>
      void update.run(state, error, stuck && JSON.stringify(stuck), endedAt?.getTime(), id),
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
      if (commits) update.run('committed', null, null, null, id);
    }).immediate,
    stepUndone: (id, step) => void undoStep.run(id, step),
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
