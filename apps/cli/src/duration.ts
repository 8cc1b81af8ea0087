import type { Duration } from '@mcp/proto/duration';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds of a proto duration; 0 for none. */
export function toMs(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) * SECOND_MS + duration.nanos / 1e6 : 0;
}

/** How long something took: "3 ms", "8.2 s", "2 min 5 s". */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / SECOND_MS).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND_MS);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How long something has been: "45s", "12m", "3h10m", "4d2h". */
export function formatAge(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.floor(ms / SECOND_MS))}s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m`;
  if (ms < DAY_MS) return twoUnits(ms, { unitMs: HOUR_MS, unit: 'h', restMs: MINUTE_MS, rest: 'm' });
  return twoUnits(ms, { unitMs: DAY_MS, unit: 'd', restMs: HOUR_MS, rest: 'h' });
}

function twoUnits(ms: number, units: { unitMs: number; unit: string; restMs: number; rest: string }): string {
  const rest = Math.floor((ms % units.unitMs) / units.restMs);
  return `${Math.floor(ms / units.unitMs)}${units.unit}${rest > 0 ? `${rest}${units.rest}` : ''}`;
}

/** When a certificate ends, for a person: "in 89 days", "in 5h", "expired 2 days ago". */
export function formatExpiry(notAfter: Date, now: Date): string {
  const leftMs = notAfter.getTime() - now.getTime();
  const span =
    Math.abs(leftMs) < 2 * DAY_MS
      ? formatAge(Math.abs(leftMs))
      : `${Math.floor(Math.abs(leftMs) / DAY_MS)} days`;
  return leftMs < 0 ? `expired ${span} ago` : `in ${span}`;
}
