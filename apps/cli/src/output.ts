import { styleText } from 'node:util';

/** Colours a text, or leaves it as it is where colour is not wanted. */
export type Paint = (colour: Colour, text: string) => string;
export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'magenta' | 'blue' | 'dim' | 'bold';

/** Colours for standard output: only on a terminal, and not with NO_COLOR. */
export const paint: Paint = (colour, text) => styleText(colour, text, { stream: process.stdout });

/** Leaves every text as it is. */
export const plain: Paint = (_colour, text) => text;

/** True when standard output is a terminal on which the cursor can be moved. */
export function isLive(): boolean {
  return process.stdout.isTTY && process.env['TERM'] !== 'dumb';
}

/** True when somebody at a terminal can be asked. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

/** One JSON document on standard output: on one line for a stream, else indented. */
export function printJson(value: unknown, form: 'line' | 'document' = 'document'): void {
  process.stdout.write(`${JSON.stringify(value, undefined, form === 'line' ? 0 : 2)}\n`);
}
