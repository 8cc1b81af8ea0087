import { describe, expect, test } from 'vitest';
import type { RegisteredService } from '../audit/registry.ts';
import { formatViolation } from '../audit/violation.ts';
import { specOf } from './definitions.ts';
import { createModel } from './model.ts';
import type { Ending } from './run-operation.ts';
import type { Action } from './schedule.ts';

const deploy = (version: 'v1' | 'v2'): Action => ({ kind: 'deploy', version });
const registered = (version: string, active = true): RegisteredService => ({
  name: 'alpha',
  active,
  generation: 1,
  spec: specOf('alpha', version),
  containers: [],
  ports: [],
});

/** A model of one service, and what it says of an operation on it. */
function start() {
  const model = createModel(['alpha']);
  return {
    compare: (...services: RegisteredService[]) => model.compare(services).map(formatViolation),
    ended(action: Action, outcome: Ending['outcome'], disturbed = true): string[] {
      const ending = { outcome, detail: 'why', streamLost: false, operationId: 'x', durationMs: 1 };
      return model
        .ended({ number: 1, service: 'alpha', action, kills: [] }, ending, disturbed)
        .map(formatViolation);
    },
  };
}

describe('a service must be what its callers were told', () => {
  test('after a success the new one, after a failure the one before', () => {
    const { ended, compare } = start();
    expect(ended(deploy('v1'), 'succeeded')).toEqual([]);
    expect(ended(deploy('v2'), 'rolled back')).toEqual([]);
    expect(compare(registered('v1'))).toEqual([]);
    expect(compare(registered('v2'))).toEqual([
      'registry: alpha is active v2; its callers were told that it is active v1',
    ]);
    expect(compare()).toEqual(['registry: alpha is gone; its callers were told that it is active v1']);
  });

  test('stopped after a stop, gone after an undeploy', () => {
    const { ended, compare } = start();
    ended(deploy('v1'), 'succeeded');
    ended({ kind: 'stop' }, 'succeeded');
    expect(compare(registered('v1', false))).toEqual([]);
    expect(compare(registered('v1'))).toHaveLength(1);
    ended({ kind: 'undeploy' }, 'succeeded');
    expect(compare()).toEqual([]);
    expect(compare(registered('v1', false))).toHaveLength(1);
  });

  test('another version after a rollback', () => {
    const { ended, compare } = start();
    ended(deploy('v1'), 'succeeded');
    ended(deploy('v2'), 'succeeded');
    ended({ kind: 'rollback' }, 'succeeded');
    expect(compare(registered('v1'))).toEqual([]);
    expect(compare(registered('v2'))).toHaveLength(1);
  });
});

describe('what cannot be right by itself', () => {
  const cases: [string, Action, Ending['outcome'], boolean][] = [
    ['a broken version that is deployed', { kind: 'deploy broken', breakage: 'exit' }, 'succeeded', true],
    ['a failure although nothing was killed', deploy('v1'), 'rolled back', false],
    ['an operation that never began although nothing was killed', deploy('v1'), 'not begun', false],
    ['an operation without an end', deploy('v1'), 'endless', true],
    ['a bug of the agent', deploy('v1'), 'internal error', true],
    ['a deploy that is refused', deploy('v1'), 'refused', true],
  ];
  test.each(cases)('%s', (_what, action, outcome, disturbed) => {
    expect(start().ended(action, outcome, disturbed)).toHaveLength(1);
  });

  test('a refusal has a reason only where the request makes no sense', () => {
    const { ended } = start();
    expect(ended({ kind: 'start' }, 'refused')).toEqual([]);
    ended(deploy('v1'), 'succeeded');
    expect(ended({ kind: 'start' }, 'refused')).toHaveLength(1);
    expect(ended({ kind: 'restart' }, 'refused')).toHaveLength(1);
  });
});
