import type { KindFigures, StrategyFigures } from './figures.ts';

/** The figures of all strategies as a table for a person. */
export function formatFigures(all: readonly StrategyFigures[]): string {
  const header = ['STRATEGY', 'KIND', 'SENT', 'FAILED', 'P50', 'P99', 'LONGEST', 'SENT LATE', 'ANSWERS'];
  const rows = all.flatMap(({ kinds }) => kinds.map(kindRow));
  const lines = table([header, ...rows]);
  const failures = all.flatMap(({ kinds }) => kinds.flatMap(failureLines));
  return [...lines, ...failures, '', ...all.flatMap(strategyLines)].join('\n');
}

function kindRow(figures: KindFigures): string[] {
  const { strategy, kind, sent, failed, p50Ms, p99Ms, longestMs, sentLateMs, versions, containers } = figures;
  const answers = Object.entries(versions)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([version, count]) => `${count} ${version}`);
  return [
    strategy,
    kind,
    String(sent),
    String(failed),
    ms(p50Ms),
    ms(p99Ms),
    ms(longestMs),
    ms(sentLateMs),
    `${answers.join(', ')} from ${containers} containers`,
  ];
}

function failureLines({ strategy, kind, failures }: KindFigures): string[] {
  return Object.entries(failures).map(
    ([reason, count]) => `failed: ${strategy}, ${kind}: ${count} times ${reason}`,
  );
}

function strategyLines(figures: StrategyFigures): string[] {
  const { strategy, updates, updateMedianMs, ownStartMs, longestMs, targetMs, failed, ok } = figures;
  const { reconnects, eventLoop } = figures;
  const formula = strategy === 'recreate' ? '1500 ms plus the own start' : 'an overlap has no gap';
  return [
    `${strategy}: ${ok ? 'ok' : 'SHORT'}`,
    `  ${updates} updates of ${ms(updateMedianMs)} in the middle; the container's own stop, start and first answer take ${ms(ownStartMs)}`,
    `  ${failed} failed, must be 0; longest delay ${ms(longestMs)}, must be under ${ms(targetMs)} (${formula})`,
    `  the WebSocket came again ${reconnects} times; the client's own event loop stood still for ${ms(eventLoop.longestMs)} at most, ${ms(eventLoop.p99Ms)} at p99`,
  ];
}

function ms(value: number): string {
  return Number.isNaN(value) ? '-' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
