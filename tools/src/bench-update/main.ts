/** `npm run bench:update`: what clients notice of updates, under a constant load through the real proxy. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageWithCauses } from '@mcp/daemon/errors';
import { bundlePrograms } from '../bundle/bundle.ts';
import { buildImages } from '../images/build.ts';
import { trafficImages } from '../images/traffic.ts';
import { discardStack } from '../stack/discard.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { stopSignal } from '../stop-signal.ts';
import { figuresOf, type StrategyFigures } from './figures.ts';
import { formatFigures } from './print.ts';
import { measureUpdates, strategies, updateVersions } from './updates.ts';

const { values } = parseArgs({
  options: {
    updates: { type: 'string', default: '50' },
    rate: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
});
const [updates, rate] = [Number(values.updates), Number(values.rate)];
const stop = stopSignal();
const dir = mkdtempSync(join(tmpdir(), 'mcp-updates-'));
const say = (line: string) => void process.stderr.write(`${line}\n`);
let stack: Stack | undefined;
try {
  await bundlePrograms();
  const started = await startStack({ dir, signal: stop, report: say });
  stack = started;
  await buildImages(started.file().containers.replace('unix://', ''), trafficImages(...updateVersions));
  const all: StrategyFigures[] = [];
  for (const strategy of strategies) {
    const onUpdate = (number: number, durationMs: number) => {
      stop.throwIfAborted();
      if (number % 10 === 0) say(`${strategy}: ${number} updates, the last in ${Math.round(durationMs)} ms`);
    };
    all.push(figuresOf(await measureUpdates(started.file(), { strategy, updates, rate, onUpdate })));
  }
  process.stdout.write(`${values.json ? JSON.stringify(all) : formatFigures(all)}\n`);
  if (all.some(({ ok }) => !ok)) process.exitCode = 1;
} catch (error) {
  say(`bench:update: ${messageWithCauses(error)}`);
  process.exitCode = 1;
} finally {
  if (stack) await discardStack(stack);
  rmSync(dir, { recursive: true, force: true });
}
