/** Format, lint, types, proto lint, generated code current, unit tests: what `npm run check` says of a change. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './repository.ts';

const GENERATED = join(repository, 'libs/proto/src/gen');

const steps: { name: string; command: string; args: string[] }[] = [
  { name: 'format', command: 'prettier', args: ['--check', '.'] },
  // The boundary rule reads the project graph from Nx's cache.
  { name: 'project graph', command: 'nx', args: ['graph', '--file=.nx/graph.json'] },
  { name: 'lint', command: 'eslint', args: ['.', '--max-warnings=0'] },
  { name: 'types', command: 'tsc', args: ['--noEmit', '-p', 'tsconfig.json'] },
  { name: 'proto lint', command: 'buf', args: ['lint'] },
  { name: 'unit tests', command: 'vitest', args: ['run', '--project', 'unit'] },
];

const failed = [
  ...steps.filter(({ name, command, args }) => !passes(name, command, args)).map(({ name }) => name),
];
if (!generatedIsCurrent()) failed.push('generated code');
process.stdout.write(failed.length === 0 ? 'check: all good\n' : `check: failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function passes(name: string, command: string, args: string[]): boolean {
  process.stdout.write(`check: ${name}\n`);
  return spawnSync(command, args, { cwd: repository, stdio: 'inherit' }).status === 0;
}

/** Generates again and compares with what is there, which is put back. */
function generatedIsCurrent(): boolean {
  process.stdout.write('check: generated code\n');
  const before = mkdtempSync(join(tmpdir(), 'mcp-generated-'));
  try {
    cpSync(GENERATED, before, { recursive: true });
    if (!passes('generate', 'node', ['tools/src/generate.ts'])) return false;
    const same = spawnSync('diff', ['-r', before, GENERATED], { stdio: 'inherit' }).status === 0;
    rmSync(GENERATED, { recursive: true });
    cpSync(before, GENERATED, { recursive: true });
    return same;
  } finally {
    rmSync(before, { recursive: true, force: true });
  }
}
