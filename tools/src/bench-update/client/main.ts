/**
 * The load client of `npm run bench:update`, in a process of its own: what else the bench does must not
 * delay it. Started with its options as one JSON argument; ends, with its report, when it is told to stop.
 */
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { openEchoSocket } from './echo-socket.ts';
import { requestKinds, WEBSOCKET, type ClientOptions, type FromClient } from './options.ts';
import { startPaced } from './pace.ts';
import { createRecord } from './record.ts';
import { createSenders } from './requests.ts';

const MESSAGES_PER_SECOND = 10;
/** What is under way when the client is told to stop gets this long to be answered. */
const LAST_ANSWERS_MS = 15_000;

const options = JSON.parse(process.argv[2]!) as ClientOptions;
const tell = (message: FromClient) =>
  new Promise<void>((resolve, reject) => {
    process.send!(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });

const senders = createSenders(options);
const echoRecord = createRecord(WEBSOCKET);
const echo = openEchoSocket(options, echoRecord);
const records = requestKinds.map((kind) => createRecord(kind));
const stalls = monitorEventLoopDelay({ resolution: 2 });
stalls.enable();

const stop = startPaced([
  ...requestKinds.map((kind, index) => ({
    perSecond: options.rate / requestKinds.length,
    send: (dueAt: number) => senders[kind](records[index]!.sent(dueAt)),
  })),
  { perSecond: MESSAGES_PER_SECOND, send: (dueAt: number) => echo.send(echoRecord.sent(dueAt)) },
]);
const stopped = once(process, 'message');
await tell({ type: 'sending' });

await stopped;
stop();
stalls.disable();
for (const endsAt = performance.now() + LAST_ANSWERS_MS; !isComplete() && performance.now() < endsAt;)
  await delay(20);
echo.close();
await tell({
  type: 'report',
  report: {
    kinds: [...records, echoRecord].map((record) => record.report()),
    reconnects: echo.reconnects(),
    eventLoop: { p99Ms: stalls.percentile(99) / 1e6, longestMs: stalls.max / 1e6 },
  },
});
process.disconnect();
// Kept-alive connections would keep the process.
process.exit();

function isComplete(): boolean {
  return [...records, echoRecord].every((record) => record.pending() === 0);
}
