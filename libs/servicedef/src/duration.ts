import type { HealthCheck } from '@mcp/proto/agent';
import { textForm } from './form.ts';

export type Duration = NonNullable<HealthCheck['interval']>;

const EXPECTED = 'a duration like "500ms", "5s" or "1m30s", at most 24h';
const FORM = /^(?=.)(?:([0-9]{1,8})h)?(?:([0-9]{1,8})m)?(?:([0-9]{1,8})s)?(?:([0-9]{1,8})ms)?$/;
const LONGEST_MS = 24 * 60 * 60 * 1000;

export const duration = textForm(EXPECTED, readDuration);

export const durationAboveZero = textForm(`${EXPECTED} and above 0`, (text) => {
  const result = readDuration(text);
  return result && (result.seconds > 0n || result.nanos > 0) ? result : undefined;
});

function readDuration(text: string): Duration | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const totalMs = ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
  if (totalMs > LONGEST_MS) return undefined;
  return { seconds: BigInt(Math.floor(totalMs / 1000)), nanos: (totalMs % 1000) * 1_000_000 };
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
