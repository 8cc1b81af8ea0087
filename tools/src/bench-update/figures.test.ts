import { describe, expect, test } from 'vitest';
import type { KindReport } from './client/options.ts';
import { figuresOf } from './figures.ts';
import type { Strategy } from './updates.ts';

function resultOf(strategy: Strategy, kind: Partial<KindReport>) {
  const report: KindReport = {
    kind: 'HTTP/2',
    sent: 3,
    failures: {},
    delaysMs: [1, 2, 3],
    sentLateMs: 0,
    versions: { v1: 3 },
    containers: 1,
    ...kind,
  };
  const client = { kinds: [report], reconnects: 0, eventLoop: { p99Ms: 1, longestMs: 1 } };
  return figuresOf({ strategy, updates: 1, client, updatesMs: [900], ownStartsMs: [200, 400, 300] });
}

describe('an update is good enough', () => {
  test('when a recreate delays by less than 1.5 s more than the container takes to start', () => {
    expect(resultOf('recreate', { delaysMs: [1, 1799] })).toMatchObject({ targetMs: 1800, ok: true });
    expect(resultOf('recreate', { delaysMs: [1, 1801] })).toMatchObject({ longestMs: 1801, ok: false });
  });

  test('when an overlap delays by less than 100 ms, however long a start takes', () => {
    expect(resultOf('overlap', { delaysMs: [1, 99] })).toMatchObject({ targetMs: 100, ok: true });
    expect(resultOf('overlap', { delaysMs: [1, 101] })).toMatchObject({ ok: false });
  });

  test('never when a request failed', () => {
    const { ok, failed, kinds } = resultOf('overlap', { failures: { ECONNRESET: 1, 'status 502': 2 } });
    expect({ ok, failed, ofKind: kinds[0]!.failed }).toEqual({ ok: false, failed: 3, ofKind: 3 });
  });
});
