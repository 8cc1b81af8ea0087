/** "2026-01-31 12:00:05" in the operator's time zone. */
export function localTime(time: Date): string {
  return time.toLocaleString('sv-SE');
}
