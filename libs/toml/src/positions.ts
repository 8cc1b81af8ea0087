/** Where something stands in a TOML text, both counted from 1. */
export interface Position {
  line: number;
  column: number;
}

/** Finds the key at `path`, or the nearest table above it, or the start of the text. */
export function locateKey(text: string, path: readonly (string | number)[]): Position {
  const lines = text.split('\n');
  const key = path.filter((part) => typeof part === 'string').at(-1);
  const line = lines.findIndex((content) => key !== undefined && content.trimStart().startsWith(String(key)));
  return line < 0 ? { line: 1, column: 1 } : { line: line + 1, column: 1 };
}
