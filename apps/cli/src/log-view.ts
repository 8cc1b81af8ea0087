import type { LogsResponse } from '@mcp/proto/agent';
import type { Colour, Paint } from './output.ts';

const COLOURS: readonly Colour[] = ['cyan', 'magenta', 'green', 'yellow', 'blue'];

/** Formats log lines as "component | line". A component keeps its colour, and the column only grows. */
export function createLogFormat(paint: Paint): (line: Pick<LogsResponse, 'component' | 'line'>) => string {
  const seen: string[] = [];
  let width = 0;
  return ({ component, line }) => {
    if (!seen.includes(component)) seen.push(component);
    width = Math.max(width, component.length);
    const colour = COLOURS[seen.indexOf(component) % COLOURS.length]!;
    return `${paint(colour, `${component.padEnd(width)} |`)} ${line}`;
  };
}
