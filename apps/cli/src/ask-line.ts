import { createInterface } from 'node:readline';

/** Asks at the terminal and returns the line that is typed; undefined when there is none (Ctrl-D). */
export function askLine(question: string): Promise<string | undefined> {
  // The terminal edits the line itself, so that Ctrl-C ends the process as everywhere.
  const lines = createInterface({ input: process.stdin, terminal: false });
  process.stdout.write(question);
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => resolve(undefined));
  });
}
