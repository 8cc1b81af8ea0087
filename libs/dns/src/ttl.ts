const MAX_TTL_S = 604_800;

/** Why `ttl` cannot be a time to live in seconds; undefined when it can. At most a week. */
export function whyNotTtl(ttl: number): string | undefined {
  if (Number.isInteger(ttl) && ttl >= 1 && ttl <= MAX_TTL_S) return undefined;
  return `must be 1 to ${MAX_TTL_S} seconds, not ${ttl}`;
}
