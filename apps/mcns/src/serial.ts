/**
 * The serial after `current` for a change at `now`: YYYYMMDDNN in UTC, always above
 * `current`. After 99 changes of one day it counts on into the next day's numbers
 * (RFC 1912 2.2; a secondary only needs it to grow).
 */
export function nextSerial(current: number, now: Date): number {
  const today = Number(now.toISOString().slice(0, 10).replaceAll('-', ''));
  return Math.max(current + 1, today * 100);
}
