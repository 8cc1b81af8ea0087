import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startFleet } from './run-mcp.ts';

const BINARY = fileURLToPath(new URL('../bin/mcp.js', import.meta.url));
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** Runs mcp on a pseudo-terminal, by script(1), and returns all it wrote. */
async function onTerminal(folder: string, args: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
  const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, CI: _ci, ...inherited } = process.env;
  const env = { ...inherited, TERM: 'xterm-256color', MCP_CONFIG: join(folder, 'mcp.toml'), ...variables };
  const command = `${process.execPath} ${BINARY} ${args}`;
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], { env });
  return stdout.replaceAll('\r\n', '\n');
}

/** What stands on the screen in the end: of a line that was drawn again, only the last form. */
function screenOf(output: string): string[] {
  return output
    .split('\n')
    .map((line) => stripVTControlCharacters(line.slice(line.lastIndexOf('\r\x1b[2K') + 1)).trimEnd());
}

test('shows a live step list, and gives the cursor back', async () => {
  const { folder } = await startFleet({ steps: ['check', 'ports'], stepMs: 200 });
  const output = await onTerminal(folder, 'deploy demo');
  expect(output).toContain('⠋ check');
  expect(output.indexOf(HIDE_CURSOR)).toBeGreaterThan(-1);
  expect(output.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(output.lastIndexOf(HIDE_CURSOR));
  expect(screenOf(output)).toEqual([
    'Deploying demo v1.0.0 to rift',
    '  ✓ check                 3 ms   check of demo',
    '  ✓ ports                 3 ms   ports of demo',
    'Deployed demo v1.0.0 to rift in 412 ms: https://demo.test:443',
    '',
  ]);
});

test('shows a failure once, under its step, and the state at the end', async () => {
  const { folder } = await startFleet({ failAt: 'ports' });
  const output = await onTerminal(folder, 'deploy demo || true');
  expect(screenOf(output)).toEqual([
    'Deploying demo v1.0.0 to rift',
    '  ✓ check                 3 ms   check of demo',
    '  ✗ ports                 3 ms',
    '      api exited with code 1',
    '      last lines:',
    '        cannot open /srv/demo/demo.db',
    '  ↩ check               undone',
    'mcp: deploy demo failed',
    'rolled back: demo does not run, as before',
    '',
  ]);
});

test('colours its output, and does not with NO_COLOR', async () => {
  const { folder, mcp } = await startFleet();
  await mcp('deploy', 'demo');
  expect(await onTerminal(folder, 'ps')).toContain('\x1b[32mrunning\x1b[39m');
  expect(await onTerminal(folder, 'ps', { NO_COLOR: '1' })).not.toContain('\x1b');
});

test('moves no cursor on a dumb terminal', async () => {
  const { folder } = await startFleet();
  expect(await onTerminal(folder, 'deploy demo', { TERM: 'dumb', NO_COLOR: '1' })).not.toContain('\x1b');
});
