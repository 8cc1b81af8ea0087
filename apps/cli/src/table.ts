import { stripVTControlCharacters } from 'node:util';

const GAP = '  ';

/** Aligns rows of cells in columns. Colours in a cell do not count for its width; no line ends in spaces. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  return createColumns().align(rows);
}

/** Columns for a table that grows: rows that come later are aligned with the widest cells so far. */
export function createColumns(): { align(rows: readonly (readonly string[])[]): string[] } {
  const widths: number[] = [];
  return {
    align(rows) {
      for (const row of rows) {
        row.forEach((cell, column) => {
          widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
        });
      }
      return rows.map((row) =>
        row
          .map((cell, column) => cell + ' '.repeat(widths[column]! - widthOf(cell)))
          .join(GAP)
          .trimEnd(),
      );
    },
  };
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
