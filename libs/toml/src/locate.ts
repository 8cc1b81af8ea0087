import { findPlaces } from './positions.ts';

/** Where something stands in a text, both counted from 1. */
export interface Position {
  line: number;
  column: number;
}

/**
 * Finds the key at `path` in a TOML text that smol-toml accepts; for a key that is not there, the
 * nearest table above it.
 */
export function locateKey(text: string, path: readonly (string | number)[]): Position {
  let place = findPlaces(text);
  for (const step of path) {
    const inner = place.children.get(step);
    if (!inner) break;
    place = inner;
  }
  return positionOf(text, place.key);
}

/** The line and column of an offset in UTF-16 units. */
function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
