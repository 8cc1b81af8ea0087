import { median } from '../bench/result.ts';
import type { Kind } from './client/options.ts';
import type { Strategy, UpdateResult } from './updates.ts';

/** The longest that a request may take in an update. */
const RECREATE_TARGET_MS = 1500;
const OVERLAP_TARGET_MS = 100;

/** One kind of request during the updates of one strategy. Times in milliseconds. */
export interface KindFigures {
  strategy: Strategy;
  kind: Kind;
  sent: number;
  failed: number;
  p50Ms: number;
  p99Ms: number;
  longestMs: number;
  /** How late the client itself sent the request that took longest. */
  sentLateMs: number;
  /** Answers by version. */
  versions: Record<string, number>;
  containers: number;
  failures: Record<string, number>;
}

export interface StrategyFigures {
  strategy: Strategy;
  updates: number;
  updateMedianMs: number;
  /** The container's own stop, start and first answer. */
  ownStartMs: number;
  longestMs: number;
  /** What the longest delay must stay under. */
  targetMs: number;
  failed: number;
  /** Nothing failed, and the longest delay is under the target. */
  ok: boolean;
  reconnects: number;
  /** The client's own stalls, which are in its delays too. */
  eventLoop: { p99Ms: number; longestMs: number };
  kinds: KindFigures[];
}

export function figuresOf(result: UpdateResult): StrategyFigures {
  const { strategy, updates, client, updatesMs, ownStartsMs } = result;
  const kinds = client.kinds.map(
    ({ kind, sent, failures, delaysMs, sentLateMs, versions, containers }): KindFigures => ({
      strategy,
      kind,
      sent,
      failed: sum(Object.values(failures)),
      p50Ms: percentile(delaysMs, 0.5),
      p99Ms: percentile(delaysMs, 0.99),
      longestMs: delaysMs.at(-1) ?? Number.NaN,
      sentLateMs,
      versions,
      containers,
      failures,
    }),
  );
  const ownStartMs = median(ownStartsMs);
  const targetMs = strategy === 'recreate' ? RECREATE_TARGET_MS + ownStartMs : OVERLAP_TARGET_MS;
  const longestMs = Math.max(...kinds.map((each) => each.longestMs));
  const failed = sum(kinds.map((each) => each.failed));
  return {
    strategy,
    updates,
    updateMedianMs: median(updatesMs),
    ownStartMs,
    longestMs,
    targetMs,
    failed,
    ok: failed === 0 && longestMs < targetMs,
    reconnects: client.reconnects,
    eventLoop: client.eventLoop,
    kinds,
  };
}

/** Of ascending values; NaN of none. */
function percentile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
