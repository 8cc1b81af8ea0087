import { parse, TomlError, type TomlTable } from 'smol-toml';
import type { ProblemLog } from './problem-log.ts';
import { expectedFrom } from './toml-reason.ts';

/** A definition needs four levels. */
const DEEPEST = 32;

/** Returns the table that `text` is, integers as bigint, or reports why it is not TOML. */
export function readToml(text: string, log: ProblemLog): TomlTable | undefined {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth: DEEPEST });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    log.add(offsetOf(text, error), `not TOML: ${expectedFrom(error.message)}`);
    return undefined;
  }
}

function offsetOf(text: string, { line, column }: TomlError): number {
  let start = 0;
  for (let passed = 1; passed < line; passed++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}
