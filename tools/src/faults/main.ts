/** `npm run test:faults`: operations on services while processes are killed, then a check of everything. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageWithCauses } from '@mcp/daemon/errors';
import { formatViolation } from '../audit/violation.ts';
import { bundlePrograms } from '../bundle/bundle.ts';
import { buildImages } from '../images/build.ts';
import { trafficImages } from '../images/traffic.ts';
import { discardStack } from '../stack/discard.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { stopSignal } from '../stop-signal.ts';
import { BROKEN_VERSION, versions } from './definitions.ts';
import { formatCheck, formatOperation, formatSummary } from './report.ts';
import { runFaults } from './run.ts';
import { killTargets, type KillTarget } from './schedule.ts';

const USAGE = `usage: npm run test:faults -- [--seed N] [--operations N] [--services N] [--check-every N] [--kills LIST] [--keep]
  --kills  processes to kill, separated by commas, or "none"; default: ${killTargets.join(',')}
  --keep   leave the stack's folder, with its logs and databases`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    operations: { type: 'string', default: '200' },
    services: { type: 'string', default: '6' },
    'check-every': { type: 'string', default: '25' },
    kills: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
if (values.help) say(USAGE);
else
  process.exitCode = await main().catch((error: unknown) => {
    process.stderr.write(`faults: ${messageWithCauses(error)}\n`);
    return 1;
  });

async function main(): Promise<number> {
  const seed = number('seed', 0);
  const options = {
    seed,
    operations: number('operations', 1),
    services: number('services', 1),
    checkEvery: number('check-every', 1),
    targets: readTargets(values.kills),
  };
  const replay = `npm run test:faults -- --seed ${seed} --operations ${options.operations} --services ${options.services}${
    values.kills === undefined ? '' : ` --kills ${values.kills}`
  }`;
  say(`seed ${seed}; the same schedule again: ${replay}`);

  const stop = stopSignal();
  const dir = mkdtempSync(join(tmpdir(), 'mcp-faults-'));
  let stack: Stack | undefined;
  try {
    await bundlePrograms();
    stack = await startStack({ dir, signal: stop, report: () => undefined });
    const { containers } = stack.file();
    await buildImages(containers.replace('unix://', ''), trafficImages(...versions, BROKEN_VERSION));
    const result = await runFaults(stack.file, {
      ...options,
      signal: stop,
      onOperation: (done) => say(formatOperation(done)),
      onCheck: (when, settled) => say(formatCheck(when, settled)),
    });
    say(formatSummary(result, seed));
    if (result.violations.length === 0) return 0;
    say(
      `\nnot as it should be:\n${result.violations.map((each) => `  ${formatViolation(each)}`).join('\n')}`,
    );
    say(`\nthe same schedule again: ${replay}`);
    return 1;
  } finally {
    if (stack) await discardStack(stack);
    if (values.keep) say(`logs and databases are in ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}

function number(name: 'seed' | 'operations' | 'services' | 'check-every', least: number): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} must be a whole number of at least ${least}, not ${values[name]}`);
}

function readTargets(list: string | undefined): KillTarget[] | undefined {
  if (list === undefined) return undefined;
  if (list === 'none') return [];
  return list.split(',').map((word) => {
    const target = killTargets.find((each) => each === word);
    if (target) return target;
    throw new Error(`--kills: there is no ${word}, only ${killTargets.join(', ')} and none`);
  });
}
