/** A container that dies this often within this time is flapping. */
export interface FlappingLimits {
  deaths: number;
  withinMs: number;
}

export const FLAPPING_LIMITS: FlappingLimits = { deaths: 5, withinMs: 10 * 60_000 };

/** The recent deaths of a component's container. Not those that operations cause. */
export interface Deaths {
  /** Oldest first; no more than the limit. */
  times: readonly Date[];
  /** Undefined when it is not known. */
  lastExitCode: number | undefined;
  isFlapping: boolean;
}

/** A component dies once more. Flapping begins with the death that reaches the limit. */
export function withDeath(
  before: Deaths | undefined,
  death: { time: Date; exitCode: number },
  { deaths, withinMs }: FlappingLimits,
): Deaths {
  const times = [...(before?.times ?? []), death.time].slice(-deaths);
  const reaches = times.length === deaths && death.time.getTime() - times[0]!.getTime() <= withinMs;
  return { times, lastExitCode: death.exitCode, isFlapping: reaches || (before?.isFlapping ?? false) };
}

/** What is left at `now`: nothing once the container has been quiet for the whole time of the limits. */
export function remainingDeaths(
  deaths: Deaths | undefined,
  now: Date,
  { withinMs }: FlappingLimits,
): Deaths | undefined {
  const last = deaths?.times.at(-1);
  return last && now.getTime() - last.getTime() < withinMs ? deaths : undefined;
}
