import type { HealthCheck } from '@mcp/proto/agent';
import { textForm, type Form } from './form.ts';

export type Duration = NonNullable<HealthCheck['interval']>;

const FORM = /^(?=.)(?:([0-9]{1,8})h)?(?:([0-9]{1,8})m)?(?:([0-9]{1,8})s)?(?:([0-9]{1,8})ms)?$/;

/** A duration from 0 to `longest`, which is written as one. */
export function durationUpTo(longest: string): Form<Duration> {
  return durationForm({ fromMs: 0, longest, expected: expectedUpTo(longest) });
}

/** A duration above 0, up to `longest`, which is written as one. */
export function durationAboveZeroUpTo(longest: string): Form<Duration> {
  return durationForm({ fromMs: 1, longest, expected: `${expectedUpTo(longest)} and above 0` });
}

function expectedUpTo(longest: string): string {
  return `a duration like "500ms", "5s" or "1m30s", at most ${longest}`;
}

function durationForm({
  fromMs,
  longest,
  expected,
}: {
  fromMs: number;
  longest: string;
  expected: string;
}): Form<Duration> {
  const toMs = readMs(longest) ?? 0;
  return textForm(expected, (text) => {
    const ms = readMs(text);
    if (ms === undefined || ms < fromMs || ms > toMs) return undefined;
    return { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
  });
}

function readMs(text: string): number | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

/** Written to the millisecond, which is all that a definition can say. */
export function formatDuration({ seconds, nanos }: Duration): string {
  const parts = [
    [seconds / 3600n, 'h'],
    [(seconds / 60n) % 60n, 'm'],
    [seconds % 60n, 's'],
    [BigInt(Math.floor(nanos / 1_000_000)), 'ms'],
  ] as const;
  const text = parts.map(([amount, unit]) => (amount > 0n ? `${amount}${unit}` : '')).join('');
  return text === '' ? '0s' : text;
}
