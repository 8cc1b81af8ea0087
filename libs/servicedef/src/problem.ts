/** Something wrong in a definition, and where. `line` and `column` (UTF-16 units) count from 1. */
export interface Problem {
  file: string;
  line: number;
  column: number;
  message: string;
  /** The line it stands on. */
  source: string;
}

/** Longest part of a source line that is shown on either side of the caret. */
const SHOWN_EACH_SIDE = 90;

/** Returns `file:line:column: message`, the source line, and a caret under the column. */
export function formatProblem({ file, line, column, message, source }: Problem): string {
  const from = Math.max(0, column - 1 - SHOWN_EACH_SIDE);
  const before = (from > 0 ? '…' : '') + printable(source.slice(from, column - 1));
  const after = printable(source.slice(column - 1, column - 1 + SHOWN_EACH_SIDE));
  const more = source.length > column - 1 + SHOWN_EACH_SIDE ? '…' : '';
  const indent = before.replace(/[^\t]/gu, ' ');
  return `${file}:${line}:${column}: ${message}\n  ${before}${after}${more}\n  ${indent}^`;
}

/** A definition must not be able to send control sequences to the operator's terminal. */
function printable(text: string): string {
  return text.toWellFormed().replace(/[^\t\P{C}]/gu, '\uFFFD');
}
