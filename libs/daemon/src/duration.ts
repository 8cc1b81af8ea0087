import type { Duration } from '@mcp/proto/duration';

/** Milliseconds of a proto duration; undefined for none. */
export function millisecondsOf(duration: Duration): number;
export function millisecondsOf(duration: Duration | undefined): number | undefined;
export function millisecondsOf(duration: Duration | undefined): number | undefined {
  return duration && Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** The proto duration of so many milliseconds, 0 or more. */
export function durationOf(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
