/** One measured figure. `ratio` is value by reference; both in `unit`. */
export interface Row {
  metric: string;
  unit: string;
  value: number;
  /** What it is measured against in the same run, or the limit. */
  reference: number;
  ratio: number;
}

export interface BenchResult {
  name: string;
  rows: Row[];
}

export function row(
  metric: string,
  unit: string,
  { value, reference }: { value: number; reference: number },
): Row {
  const round = (number: number) => Math.round(number * 100) / 100;
  return { metric, unit, value: round(value), reference: round(reference), ratio: round(value / reference) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A table for a person; one JSON object with `--json`. */
export function printResult(result: BenchResult, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const cells = [
    ['METRIC', 'VALUE', 'REFERENCE', 'UNIT', 'RATIO'],
    ...result.rows.map(({ metric, value, reference, unit, ratio }) =>
      [metric, value, reference, unit, ratio].map(String),
    ),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}
