import { Event, Operation } from '@mcp/proto/agent';

/** Something that happened on a node: an operation by its start, or an event. */
export type HistoryEntry = { node: string } & ({ operation: Operation } | { event: Event });

/** What one node told. */
export interface NodeHistory {
  node: string;
  operations: readonly Operation[];
  events: readonly Event[];
}

/** Merges what nodes told by time, oldest first, and keeps the newest `limit`. */
export function mergeHistory(histories: readonly NodeHistory[], limit: number): HistoryEntry[] {
  return histories
    .flatMap(({ node, operations, events }): HistoryEntry[] => [
      ...operations.map((operation) => ({ node, operation })),
      ...events.map((event) => ({ node, event })),
    ])
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .slice(-limit);
}

/** True for an event that a node told already. */
export function isListed(histories: readonly NodeHistory[], entry: HistoryEntry): boolean {
  if (!('event' in entry)) return false;
  const { sequence } = entry.event;
  return histories.some(
    ({ node, events }) => node === entry.node && events.some((event) => event.sequence === sequence),
  );
}

/** For programs: the node, and the proto JSON of the operation or the event. */
export function historyJson(entry: HistoryEntry): unknown {
  const { node } = entry;
  return 'operation' in entry
    ? { node, operation: Operation.toJSON(entry.operation) }
    : { node, event: Event.toJSON(entry.event) };
}

function timeOf(entry: HistoryEntry): number {
  const time = 'operation' in entry ? entry.operation.startedAt : entry.event.time;
  return time?.getTime() ?? 0;
}
