import type { Identity } from '../../traffic-service/identity.ts';
import type { Kind, KindReport } from './options.ts';

/** Keeps what became of the requests of one kind. */
export interface Record {
  /** One more is sent; it was due at `dueAt`, by performance.now(). */
  sent(dueAt: number): Outcome;
  /** How many have neither been answered nor failed. */
  pending(): number;
  report(): KindReport;
}

/** Of one request: exactly one of these is called, once. */
export interface Outcome {
  answered(identity: Identity | undefined): void;
  failed(reason: string): void;
}

export function createRecord(kind: Kind): Record {
  const failures = new Map<string, number>();
  const versions = new Map<string, number>();
  const containers = new Set<string>();
  const delaysMs: number[] = [];
  let sent = 0;
  let ended = 0;
  let longestMs = 0;
  let sentLateMs = 0;
  return {
    sent(dueAt) {
      sent += 1;
      const lateMs = performance.now() - dueAt;
      return {
        answered(identity) {
          ended += 1;
          const delayMs = performance.now() - dueAt;
          delaysMs.push(delayMs);
          if (delayMs > longestMs) [longestMs, sentLateMs] = [delayMs, lateMs];
          if (!identity) return;
          count(versions, identity.version);
          containers.add(identity.container);
        },
        failed(reason) {
          ended += 1;
          count(failures, reason);
        },
      };
    },
    pending: () => sent - ended,
    report: () => ({
      kind,
      sent,
      failures: Object.fromEntries(failures),
      delaysMs: delaysMs.toSorted((a, b) => a - b),
      sentLateMs,
      versions: Object.fromEntries(versions),
      containers: containers.size,
    }),
  };
}

function count(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
