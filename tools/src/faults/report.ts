import { formatViolation } from '../audit/violation.ts';
import type { DoneKill } from './kill.ts';
import type { DoneOperation, FaultsResult } from './run.ts';
import { describeAction, seconds } from './schedule.ts';
import type { Settled } from './settle.ts';

const SHOWN_DETAIL = 90;

/** One line: number, service, operation, kills, how it ended, how long it took. */
export function formatOperation({ operation, kills, ending }: DoneOperation): string {
  const { number, service, action } = operation;
  const { outcome, detail, streamLost, durationMs } = ending;
  const words = [
    String(number).padStart(4),
    service.padEnd(9),
    describeAction(action).padEnd(30),
    kills.map(formatKill).join(', ').padEnd(36),
    seconds(durationMs).padStart(7),
    outcome + (streamLost ? ' (asked)' : ''),
  ];
  const line = words.join('  ');
  return detail === '' ? line : `${line}: ${shorten(detail)}`;
}

function formatKill({ target, afterMs, hit }: DoneKill): string {
  return `${target} at ${seconds(afterMs)}${hit ? '' : ' (was down)'}`;
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, ' ');
  return line.length > SHOWN_DETAIL ? `${line.slice(0, SHOWN_DETAIL)}...` : line;
}

/** What a check found, with one line for each violation. */
export function formatCheck(when: string, { violations, durationMs }: Settled): string {
  const head = `      check ${when}: `;
  if (violations.length === 0) return `${head}everything is as it should be, after ${seconds(durationMs)}`;
  const lines = violations.map((violation) => `        ${formatViolation(violation)}`);
  return `${head}${violations.length} violations, still there after ${seconds(durationMs)}\n${lines.join('\n')}`;
}

/** Operations by outcome, kills by process, checks. */
export function formatSummary({ done, checks, violations }: FaultsResult, seed: number): string {
  const kills = done.flatMap((each) => each.kills);
  const slowest = Math.max(0, ...checks.map(({ durationMs }) => durationMs));
  return `
operations  ${done.length}: ${countBy(done.map(({ ending }) => ending.outcome))}
            of them ${done.filter(({ ending }) => ending.streamLost).length} whose caller lost the stream and asked
kills       ${kills.length}: ${countBy(kills.filter(({ hit }) => hit).map(({ target }) => target))}
            and ${kills.filter(({ hit }) => !hit).length} of a process that was down already
checks      ${checks.length}, the slowest was right after ${seconds(slowest)}
violations  ${violations.length}
seed        ${seed}`;
}

function countBy(words: readonly string[]): string {
  return [...Map.groupBy(words, (word) => word)]
    .map(([word, all]) => [word, all.length] as const)
    .sort(([, a], [, b]) => b - a)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}
