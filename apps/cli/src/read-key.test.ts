import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readKey, type KeyTerminal } from './read-key.ts';

/** A terminal that remembers its mode and whether it is read. */
function fakeTerminal() {
  const state = { raw: false, reading: false };
  const events = new EventEmitter();
  const terminal = Object.assign(events, {
    setRawMode: (raw: boolean) => ((state.raw = raw), terminal),
    resume: () => ((state.reading = true), terminal),
    pause: () => ((state.reading = false), terminal),
  });
  return {
    terminal: terminal as unknown as KeyTerminal,
    state,
    listeners: () => events.eventNames(),
    type: (text: string) => events.emit('data', Buffer.from(text)),
    hangUp: () => events.emit('end'),
  };
}

const digits = (key: string): number | undefined => (/^\d$/.test(key) ? Number(key) : undefined);

test('reads in raw mode until a key means something, then leaves the terminal as it was', async () => {
  const { terminal, state, listeners, type } = fakeTerminal();
  const key = readKey(terminal, digits, new AbortController().signal);
  expect(state).toEqual({ raw: true, reading: true });
  type('x');
  type('7');
  expect(await key).toBe(7);
  expect(state).toEqual({ raw: false, reading: false });
  expect(listeners()).toEqual([]);
});

test.each([
  ['the signal is aborted', (_hangUp: () => void, stop: AbortController) => stop.abort()],
  ['the terminal is gone', (hangUp: () => void) => hangUp()],
])('gives up when %s, and leaves the terminal as it was', async (_, happen) => {
  const { terminal, state, listeners, hangUp } = fakeTerminal();
  const stop = new AbortController();
  const key = readKey(terminal, digits, stop.signal);
  happen(hangUp, stop);
  expect(await key).toBeUndefined();
  await turn();
  expect(state).toEqual({ raw: false, reading: false });
  expect(listeners()).toEqual([]);
});

test('does not touch the terminal when it is too late to ask', async () => {
  const { terminal, state } = fakeTerminal();
  expect(await readKey(terminal, digits, AbortSignal.abort())).toBeUndefined();
  expect(state).toEqual({ raw: false, reading: false });
});
