import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const BINARY = fileURLToPath(new URL('../bin/mcp.js', import.meta.url));

/** mcp on a pseudo-terminal of 100 columns. */
export interface TerminalSession {
  /** Resolves when the text was written after what was waited for last; rejects when mcp ends first. */
  printed(text: string): Promise<void>;
  /** Presses keys. */
  type(keys: string): void;
  result: Promise<TerminalResult>;
}

export interface TerminalResult {
  /** All that was written. */
  output: string;
  exitCode: number | null;
  /** Whether the terminal's modes, as echo, are again as mcp found them. */
  isRestored: boolean;
}

/** Starts mcp on a pseudo-terminal, by script(1). */
export function startOnTerminal(
  folder: string,
  args: string,
  variables: NodeJS.ProcessEnv = {},
): TerminalSession {
  const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, CI: _ci, ...inherited } = process.env;
  const env = { ...inherited, TERM: 'xterm-256color', MCP_CONFIG: join(folder, 'mcp.toml'), ...variables };
  const [before, after] = [join(folder, 'modes-before'), join(folder, 'modes-after')];
  // Ctrl-C reaches the shell too, which must outlive it.
  const command = `trap : INT; stty columns 100; stty -g >${before}; ${process.execPath} ${BINARY} ${args}; code=$?; stty -g >${after}; exit $code`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let seen = 0;
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, 'close');
  return {
    async printed(text) {
      let isClosed = false;
      while (!output.includes(text, seen)) {
        if (isClosed) throw new Error(`not printed: ${text}\n${output}`);
        await Promise.race([once(child.stdout, 'data'), closed]);
        isClosed = child.exitCode !== null;
      }
      seen = output.indexOf(text, seen) + text.length;
    },
    type: (keys) => void child.stdin.write(keys),
    result: closed.then(() => ({
      output: output.replaceAll('\r\n', '\n'),
      exitCode: child.exitCode,
      isRestored: readFileSync(before, 'utf8') === readFileSync(after, 'utf8'),
    })),
  };
}

/** What stands on the screen in the end: of a line that was drawn again, only the last form. */
export function screenOf(output: string): string[] {
  return output
    .split('\n')
    .map((line) => stripVTControlCharacters(line.slice(line.lastIndexOf('\r\x1b[2K') + 1)).trimEnd());
}
