import { OperationState, type OperationEvent, type OperationFinished } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import {
  betweenSteps,
  logLines,
  outcomeOf,
  runningSteps,
  terminalLines,
  type Subject,
} from './operation-view.ts';
import { plain } from './output.ts';

type Event = NonNullable<OperationEvent['event']>;

const subject: Subject = { verb: 'deploy', service: 'demo', version: 'v1.0.0', node: 'rift' };
const duration = { seconds: 8n, nanos: 200_000_000 };
const began = (step: string): Event => ({ $case: 'stepStarted', value: { step } });
const did: Event = { $case: 'stepDone', value: { step: 'check', duration, detail: 'images present' } };
const failed: Event = {
  $case: 'stepFailed',
  value: { step: 'container api', duration, error: 'exited with code 1\ncannot open demo.db\n' },
};
const undone = (error: string): Event => ({ $case: 'stepUndone', value: { step: 'ports', error } });
const waiting: Event = {
  $case: 'started',
  value: { operationId: 'op-2', kind: 1, service: 'demo', waitsFor: 'op-1' },
};

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
