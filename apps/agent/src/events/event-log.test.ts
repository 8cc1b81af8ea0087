import { openDatabase } from '@mcp/daemon/sqlite';
import { EventKind, type Event } from '@mcp/proto/agent';
import { expect, onTestFinished, test } from 'vitest';
import { createEventLog, eventsMigration, type EventLog, type NewEvent } from './event-log.ts';

function openLog(): EventLog {
  const database = openDatabase(':memory:', [eventsMigration]);
  onTestFinished(() => void database.close());
  return createEventLog(database);
}

function drift(service: string, message: string, change: Partial<NewEvent> = {}): NewEvent {
  const time = new Date('2026-11-24T12:00:00.250Z');
  return { time, kind: EventKind.DRIFT, service, resource: 'container', message, ...change };
}

const messages = (events: readonly Event[]) => events.map(({ message }) => message);

/** Reads until `count` events came or the stream ended. */
async function read(events: AsyncIterable<Event>, count = Infinity): Promise<string[]> {
  const found: Event[] = [];
  for await (const event of events) if (found.push(event) === count) break;
  return messages(found);
}

test('an event comes back as it was told, with a sequence', () => {
  const log = openLog();
  const told = { ...drift('web', 'api is missing'), operationId: 'op1' };
  expect(log.append(told)).toEqual({ sequence: 1n, ...told });
  expect(log.list('', 10)).toEqual([{ sequence: 1n, ...told }]);
});

test('lists the newest first, of one service or of all, and no more than asked', () => {
  const log = openLog();
  for (const [service, message] of [
    ['web', '1'],
    ['db', '2'],
    ['web', '3'],
  ] as const)
    log.append(drift(service, message));
  expect(messages(log.list('', 10))).toEqual(['3', '2', '1']);
  expect(messages(log.list('web', 10))).toEqual(['3', '1']);
  expect(messages(log.list('', 2))).toEqual(['3', '2']);
});

test('open is what no REPAIRED of the same subject has followed', () => {
  const log = openLog();
  log.append(drift('web', 'before', { subject: 'a', state: 'missing' }));
  log.append(drift('web', 'again', { subject: 'a', state: 'exited' }));
  log.append(drift('web', 'other', { subject: 'b', state: 'missing' }));
  log.append(drift('db', 'elsewhere', { subject: 'b', state: 'missing' }));
  log.append(drift('web', 'fine', { subject: 'b', kind: EventKind.REPAIRED }));
  log.append(drift('web', 'about nothing that lasts'));
  const open = log.open().map(({ event, subject, state }) => [event.service, subject, state, event.message]);
  expect(open).toEqual([
    ['web', 'a', 'exited', 'again'],
    ['db', 'b', 'missing', 'elsewhere'],
  ]);
});

test('forgets a service and leaves the others', () => {
  const log = openLog();
  log.append(drift('web', '1'));
  log.append(drift('db', '2'));
  log.forget('web');
  expect(messages(log.list('', 10))).toEqual(['2']);
});

test('prunes each service to its newest; sequences are never used again', () => {
  const log = openLog();
  for (const message of ['1', '2', '3']) log.append(drift('web', message));
  log.append(drift('db', 'old but few'));
  log.prune(2);
  expect(messages(log.list('', 10))).toEqual(['old but few', '3', '2']);
  log.prune(0);
  expect(log.append(drift('web', 'next')).sequence).toBe(5n);
});

test('a follower gets what is told after its call, of its service', async () => {
  const log = openLog();
  const { signal } = new AbortController();
  log.append(drift('web', 'before'));
  const events = log.follow('web', signal);
  log.append(drift('db', 'of another'));
  log.append(drift('web', 'before reading began'));
  const reading = read(events, 2);
  log.append(drift('web', 'while reading'));
  expect(await reading).toEqual(['before reading began', 'while reading']);
});

test('following all gives every service', async () => {
  const log = openLog();
  const events = log.follow('', new AbortController().signal);
  log.append(drift('web', '1'));
  log.append(drift('db', '2'));
  expect(await read(events, 2)).toEqual(['1', '2']);
});

test('following ends when the signal is aborted, before or while it waits', async () => {
  const log = openLog();
  const stop = new AbortController();
  const waiting = read(log.follow('', stop.signal));
  stop.abort();
  expect(await waiting).toEqual([]);
  expect(await read(log.follow('', stop.signal))).toEqual([]);
});

test('a reader that is more than 1,000 events behind gets those, and is told to list them', async () => {
  const log = openLog();
  const events = log.follow('web', new AbortController().signal);
  for (let count = 0; count <= 1000; count++) log.append(drift('web', String(count)));
  const seen: Event[] = [];
  await expect(async () => {
    for await (const event of events) {
      seen.push(event);
      log.append(drift('web', 'after the gap'));
    }
  }).rejects.toThrow('follow events of web: more than 1000 events behind: list them, then follow again');
  expect(seen).toHaveLength(1000);
  expect(seen.at(-1)?.message).toBe('999');
});
