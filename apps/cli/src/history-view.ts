import type { HistoryEntry } from './history.ts';
import { localTime } from './local-time.ts';
import type { Paint } from './output.ts';
import { createColumns } from './table.ts';
import { eventCell, operationCell, operationStateCell, resultCell, tookCell } from './words.ts';

const HEADER = ['WHEN', 'SERVICE', 'NODE', 'WHAT', 'ENDED', 'TOOK', 'BY', 'OPERATION', ''];

/** Formats entries in columns that only grow, so that later ones stand below earlier ones. */
export interface HistoryFormat {
  /** The entries below a header. */
  table(entries: readonly HistoryEntry[], now: Date): string[];
  /** Entries that came later. */
  more(entries: readonly HistoryEntry[], now: Date): string[];
}

export function createHistoryFormat(paint: Paint): HistoryFormat {
  const columns = createColumns();
  const header = HEADER.map((title) => paint('dim', title));
  const rows = (entries: readonly HistoryEntry[], now: Date) =>
    entries.map((entry) => row(entry, now, paint));
  return {
    table: (entries, now) => columns.align([header, ...rows(entries, now)]),
    more: (entries, now) => columns.align(rows(entries, now)),
  };
}

function row(entry: HistoryEntry, now: Date, paint: Paint): string[] {
  if ('event' in entry) {
    const { time, kind, service, resource, message, operationId } = entry.event;
    const [first = ''] = message.split('\n', 1);
    return [
      time ? localTime(time) : '',
      service,
      entry.node,
      eventCell(kind, paint),
      '',
      '',
      '',
      operationId,
      resource === '' ? first : `${resource}: ${first}`,
    ];
  }
  const { id, service, state, caller, startedAt } = entry.operation;
  return [
    startedAt ? localTime(startedAt) : '',
    service,
    entry.node,
    operationCell(entry.operation),
    operationStateCell(state, paint),
    tookCell(entry.operation, now),
    caller,
    id,
    paint('dim', resultCell(entry.operation)),
  ];
}
