import type { Problem } from './problem.ts';

/** Collects the problems of one text. Places are offsets in it. */
export interface ProblemLog {
  add(at: number, message: string): void;
  /** The line of an offset, for a message that names a second place. */
  lineOf(at: number): number;
  /** The problems by position. */
  problems(): Problem[];
}

export function createProblemLog(file: string, text: string): ProblemLog {
  const found: { at: number; message: string }[] = [];
  const lineStarts = findLineStarts(text);

  const lineOf = (at: number): number => {
    let first = 0;
    let last = lineStarts.length - 1;
    while (first < last) {
      const middle = Math.ceil((first + last) / 2);
      if (lineStarts[middle]! <= at) first = middle;
      else last = middle - 1;
    }
    return first + 1;
  };

  const locate = ({ at, message }: { at: number; message: string }): Problem => {
    const line = lineOf(at);
    const start = lineStarts[line - 1]!;
    const next = lineStarts[line];
    const source = next === undefined ? text.slice(start) : text.slice(start, next).replace(/\r?\n$/, '');
    return { file, line, column: Math.min(at - start, source.length) + 1, message, source };
  };

  return {
    add: (at, message) => void found.push({ at: Math.max(0, Math.min(at, text.length)), message }),
    lineOf,
    problems: () => found.toSorted((a, b) => a.at - b.at).map(locate),
  };
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}
