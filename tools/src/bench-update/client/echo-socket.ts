import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import type { Identity } from '../../traffic-service/identity.ts';
import type { ClientOptions } from './options.ts';
import type { Outcome, Record } from './record.ts';

/** A message that is not back after this long has failed. */
const ECHO_TIMEOUT_MS = 10_000;
const RETRY_AFTER_MS = 20;
/** The server stops and asks to come again; RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;

/** A WebSocket whose messages come back, over as many connections as it takes. */
export interface EchoSocket {
  /** Sends a message, now or as soon as there is a connection again. */
  send(outcome: Outcome): void;
  /** How often it was opened again after the server said that it goes away. */
  reconnects(): number;
  /** Gives up what has not come back. */
  close(): void;
}

interface Message {
  outcome: Outcome;
  expires: NodeJS.Timeout;
}

/**
 * Keeps a WebSocket open. A server that goes away is no failure: the client comes again at once and sends again
 * what did not come back. A connection that is cut without a word is one.
 */
export function openEchoSocket(options: ClientOptions, record: Record): EchoSocket {
  const ca = readFileSync(options.ca);
  const [, port] = options.l7.split(':');
  const waiting = new Map<string, Message>();
  let socket: WebSocket | undefined;
  let identity: Identity | undefined;
  let next = 0;
  let reconnects = 0;
  let closed = false;

  function connect(): void {
    const opening = new WebSocket(`wss://${options.hostname}:${port}/`, {
      ca,
      lookup: (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
      handshakeTimeout: ECHO_TIMEOUT_MS,
      perMessageDeflate: false,
    });
    opening.on('message', (data: Buffer) => receive(data.toString('utf8')));
    opening.on('open', () => {
      socket = opening;
      for (const id of waiting.keys()) opening.send(id);
    });
    // The close that follows says it too.
    opening.on('error', () => undefined);
    opening.on('close', (code: number) => {
      const wasOpen = socket === opening;
      socket = undefined;
      if (closed) return;
      if (wasOpen && code === GOING_AWAY) reconnects += 1;
      else if (wasOpen) record.sent(performance.now()).failed(`connection cut, code ${code}`);
      if (wasOpen) connect();
      else setTimeout(connect, RETRY_AFTER_MS);
    });
  }

  /** The server introduces itself first; everything after that is ours, back again. */
  function receive(text: string): void {
    if (text.startsWith('{')) {
      identity = JSON.parse(text) as Identity;
      return;
    }
    const message = waiting.get(text);
    if (!message) return;
    waiting.delete(text);
    clearTimeout(message.expires);
    message.outcome.answered(identity);
  }

  connect();
  return {
    send(outcome) {
      const id = String(next++);
      const expires = setTimeout(() => {
        waiting.delete(id);
        outcome.failed(`no echo within ${ECHO_TIMEOUT_MS / 1000} s`);
      }, ECHO_TIMEOUT_MS);
      waiting.set(id, { outcome, expires });
      socket?.send(id);
    },
    reconnects: () => reconnects,
    close() {
      closed = true;
      for (const { expires, outcome } of waiting.values()) {
        clearTimeout(expires);
        outcome.failed('no echo when the client stopped');
      }
      waiting.clear();
      socket?.terminate();
    },
  };
}
