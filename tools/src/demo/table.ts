import type { Proof } from './proofs.ts';

/** Proofs as aligned rows, each with a mark. */
export function proofTable(proofs: readonly Proof[]): string {
  const widths = (['what', 'how'] as const).map((key) =>
    Math.max(...proofs.map((proof) => proof[key].length)),
  );
  const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const mark = (ok: boolean) => {
    const text = ok ? '✓' : '✗';
    return colour ? `\x1b[${ok ? 32 : 31}m${text}\x1b[0m` : text;
  };
  return proofs
    .map(
      ({ what, how, seen, ok }) =>
        `  ${mark(ok)} ${what.padEnd(widths[0]!)}  ${how.padEnd(widths[1]!)}  ${seen}`,
    )
    .join('\n');
}
