/** Something that is not as the registry says, and where it was seen. */
export interface Violation {
  /** The system that was read: "engine", "HAProxy", "portd". */
  where: string;
  what: string;
}

/** A violation on one line. */
export function formatViolation({ where, what }: Violation): string {
  return `${where}: ${what}`;
}

/** What a system should have and has of one kind of thing: what names it, and what it is. */
export interface Comparison {
  where: string;
  /** What one entry is called: "route", "lease". */
  noun: string;
  wanted: readonly (readonly [key: string, value: string])[];
  found: readonly (readonly [key: string, value: string])[];
}

/** One violation for every entry that is missing, is there twice, differs, or that nothing asks for. */
export function compareEntries({ where, noun, wanted, found }: Comparison): Violation[] {
  const byKey = Map.groupBy(found, ([key]) => key);
  const keys = new Set(wanted.map(([key]) => key));
  const missingOrDifferent = wanted.flatMap(([key, value]) => {
    const entries = byKey.get(key) ?? [];
    if (entries.length === 0) return [`no ${noun} ${key}, which should be ${value}`];
    const twice = entries.length > 1 ? [`${entries.length} times ${noun} ${key}`] : [];
    const wrong = entries.filter(([, seen]) => seen !== value);
    return [...twice, ...wrong.map(([, seen]) => `${noun} ${key} is ${seen}, should be ${value}`)];
  });
  const leaked = found
    .filter(([key]) => !keys.has(key))
    .map(([key, value]) => `leaked ${noun} ${key} (${value})`);
  return [...missingOrDifferent, ...leaked].map((what) => ({ where, what }));
}
