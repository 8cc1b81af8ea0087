import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlePrograms } from '../bundle/bundle.ts';
import { repository } from '../repository.ts';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  success: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'mcp-report-'));
try {
  await bundlePrograms();
  const report = join(folder, 'report.json');
  const vitest = spawn(
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
    { cwd: repository, stdio: 'inherit' },
  );
  const [code] = (await once(vitest, 'exit')) as [number | null];
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as Report;
  const failed = numFailedTests === 0 && !success ? 1 : numFailedTests;
  process.exitCode = code === 0 && failed === 0 ? 0 : 1;
  process.stdout.write(
    `tests: ${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
