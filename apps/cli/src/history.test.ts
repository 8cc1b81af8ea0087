import { Event, Operation } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { isListed, mergeHistory, type HistoryEntry, type NodeHistory } from './history.ts';

const at = (second: number): Date => new Date(second * 1000);
const operation = (id: string, second: number): Operation => Operation.create({ id, startedAt: at(second) });
const event = (sequence: bigint, second: number): Event => Event.create({ sequence, time: at(second) });

const HISTORIES: NodeHistory[] = [
  { node: 'rift', operations: [operation('b', 40), operation('a', 10)], events: [event(1n, 20)] },
  { node: 'svc', operations: [operation('c', 30)], events: [event(1n, 50)] },
];

const nameOf = (entry: HistoryEntry): string =>
  `${entry.node} ${'operation' in entry ? entry.operation.id : entry.event.sequence}`;

test('merges by time, oldest first, and keeps the newest', () => {
  expect(mergeHistory(HISTORIES, 10).map(nameOf)).toEqual(['rift a', 'rift 1', 'svc c', 'rift b', 'svc 1']);
  expect(mergeHistory(HISTORIES, 2).map(nameOf)).toEqual(['rift b', 'svc 1']);
});

test('knows an event that was listed by its node and sequence', () => {
  expect(isListed(HISTORIES, { node: 'rift', event: event(1n, 20) })).toBe(true);
  expect(isListed(HISTORIES, { node: 'rift', event: event(2n, 20) })).toBe(false);
  expect(isListed(HISTORIES, { node: 'far', event: event(1n, 20) })).toBe(false);
});
