import {
  OperationState,
  type OperationEvent,
  type OperationFinished,
  type OperationStarted,
} from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import {
  betweenSteps,
  cancelOutcomeOf,
  logLines,
  outcomeOf,
  runningSteps,
  terminalLines,
  titleLine,
  type Subject,
} from './operation-view.ts';
import { plain } from './output.ts';

type Event = NonNullable<OperationEvent['event']>;

const subject: Subject = { verb: 'deploy', service: 'demo', target: 'v1.0.0', node: 'rift' };
const duration = { seconds: 8n, nanos: 200_000_000 };
const began = (step: string): Event => ({ $case: 'stepStarted', value: { step } });
const did: Event = { $case: 'stepDone', value: { step: 'check', duration, detail: 'images present' } };
const failed: Event = {
  $case: 'stepFailed',
  value: { step: 'container api', duration, error: 'exited with code 1\ncannot open demo.db\n' },
};
const undone = (error: string): Event => ({ $case: 'stepUndone', value: { step: 'ports', error } });
const started: OperationStarted = {
  operationId: 'op-2',
  kind: 1,
  service: 'demo',
  waitsFor: '',
  joined: false,
};
const waiting: Event = { $case: 'started', value: { ...started, waitsFor: 'op-1' } };

test('shows on a terminal one line per step, and below a failed one what it said', () => {
  expect(
    [waiting, began('check'), did, failed, undone(''), undone('portd is down')].flatMap((e) =>
      terminalLines(e, plain),
    ),
  ).toEqual([
    '  … waits for operation op-1 to end',
    '  ✓ check                8.2 s   images present',
    '  ✗ container api        8.2 s',
    '      exited with code 1',
    '      cannot open demo.db',
    '  ↩ ports               undone',
    '  ! ports               not undone yet',
    '      portd is down',
  ]);
});

test('writes in a log one line per event, each of a long error with its step', () => {
  expect(
    [waiting, began('check'), did, failed, undone(''), undone('portd is down')].flatMap(logLines),
  ).toEqual([
    'operation op-2 waits for operation op-1',
    'check: started',
    'check: done in 8.2 s: images present',
    'container api: failed after 8.2 s: exited with code 1',
    'container api: cannot open demo.db',
    'ports: undone',
    'ports: not undone yet: portd is down',
  ]);
});

test.each([
  ['', '  … joined operation op-2, already running', 'joined operation op-2, already running'],
  ['op-1', '  … joined operation op-2, already waiting', 'joined operation op-2, already waiting'],
])('says that the same request was under way, waiting for "%s"', (waitsFor, onTerminal, inLog) => {
  const event: Event = { $case: 'started', value: { ...started, waitsFor, joined: true } };
  expect(terminalLines(event, plain)[0]).toBe(onTerminal);
  expect(logLines(event)).toEqual([inLog]);
});

test('keeps track of steps that run side by side, and of what goes on between steps', () => {
  const both = [began('certificates'), began('container api')].reduce(runningSteps, []);
  expect(both).toEqual(['certificates', 'container api']);
  expect(runningSteps(both, failed)).toEqual(['certificates']);
  expect([waiting, failed, undone('')].map((event) => betweenSteps('before', event))).toEqual([
    'waiting',
    'undoing',
    'before',
  ]);
});

const ended = (state: OperationState, rest: Partial<OperationFinished> = {}): OperationFinished => ({
  state,
  error: '',
  duration,
  stuck: [],
  generation: 0n,
  addresses: [],
  ...rest,
});

test.each<[OperationFinished, boolean, string]>([
  [
    ended(OperationState.SUCCEEDED, { addresses: ['https://demo.test', 'tls://demo.test:9443'] }),
    true,
    'Deployed demo v1.0.0 to rift in 8.2 s: https://demo.test, tls://demo.test:9443',
  ],
  [ended(OperationState.UP_TO_DATE), true, 'demo v1.0.0 is up to date, nothing changed (rift)'],
  [ended(OperationState.ROLLED_BACK, { generation: 2n }), false, 'rolled back: demo runs as before'],
  [ended(OperationState.ROLLED_BACK), false, 'rolled back: demo does not run, as before'],
  [
    ended(OperationState.STUCK, { stuck: ['ports', 'dns'] }),
    false,
    'stuck: ports, dns could not be finished, the agent keeps trying; see mcp status demo',
  ],
])('says at the end what is true now: %#', (finished, ok, text) => {
  expect(outcomeOf(finished, subject)).toEqual({ ok, text });
});

test.each<[Partial<Subject>, string, string]>([
  [
    { verb: 'rollback', target: 'to generation 3' },
    'Rolling back demo to generation 3 on rift',
    'Rolled back demo to generation 3 on rift in 8.2 s, now generation 7',
  ],
  [
    { verb: 'rollback', target: '' },
    'Rolling back demo on rift',
    'Rolled back demo on rift in 8.2 s, now generation 7',
  ],
  [{ verb: 'purge', target: '' }, 'Purging demo on rift', 'Purged demo on rift in 8.2 s'],
  [
    { verb: 'purge', target: 'and its data' },
    'Purging demo and its data on rift',
    'Purged demo and its data on rift in 8.2 s',
  ],
])('says what it does and did: %j', (changed, title, text) => {
  const other = { ...subject, ...changed };
  expect(titleLine(other)).toBe(title);
  expect(outcomeOf(ended(OperationState.SUCCEEDED, { generation: 7n }), other)).toEqual({ ok: true, text });
});

test('does not say of a rollback that failed that it was rolled back', () => {
  const rollback: Subject = { ...subject, verb: 'rollback' };
  expect(outcomeOf(ended(OperationState.ROLLED_BACK, { generation: 7n }), rollback).text).toBe(
    'undone: demo runs as before',
  );
});

test.each<[OperationFinished, boolean, string]>([
  [ended(OperationState.ROLLED_BACK, { generation: 2n }), true, 'cancelled: demo runs as before'],
  [ended(OperationState.ROLLED_BACK), true, 'cancelled: demo does not run, as before'],
  [ended(OperationState.SUCCEEDED), false, 'deploy op-1 of demo was done before it could be cancelled'],
  [
    ended(OperationState.STUCK, { stuck: ['ports'] }),
    false,
    'stuck: ports could not be finished, the agent keeps trying; see mcp status demo',
  ],
])('says what became of a cancelled operation: %#', (finished, ok, text) => {
  expect(cancelOutcomeOf(finished, { service: 'demo', operation: 'deploy op-1 of demo' })).toEqual({
    ok,
    text,
  });
});
