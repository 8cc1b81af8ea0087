import { CommandError } from './exit.ts';

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Reads "90s", "10m", "1h30m", "2d" (before `now`) or an RFC 3339 time. Throws CommandError (usage). */
export function parseSince(text: string, now: Date): Date {
  if (/^(\d+[smhd])+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+)([smhd])/g)];
    const agoMs = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0);
    const since = new Date(now.getTime() - agoMs);
    if (!Number.isNaN(since.getTime())) return since;
  }
  const time = RFC_3339.test(text) ? new Date(text) : undefined;
  if (time && !Number.isNaN(time.getTime())) return time;
  throw new CommandError(
    'usage',
    'usage',
    `--since "${text}": expected a duration like 10m or 1h30m, or a time like 2026-01-31T12:00:00Z`,
  );
}
