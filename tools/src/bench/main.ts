/** `npm run bench`: the figures of the main job, each beside its reference in the same run. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { containersOf, inspectContainer } from '../stack/engine-view.ts';
import { mcp } from '../demo/mcp.ts';
import { runProgram } from '../demo/run.ts';
import { buildImages } from '../images/build.ts';
import { helloImages } from '../images/hello.ts';
import { repository } from '../repository.ts';
import { namespaceOf, type StackFile } from '../stack/stack.ts';
import { proportionalSetSizeMib } from './memory.ts';
import { timePlainStart } from './plain-engine.ts';
import { median, printResult, row } from './result.ts';
import { startStackProcess } from './stack-process.ts';

const READY_LIMIT_MS = 4000;
const MEMORY_LIMIT_MIB = 180;
const PS_LIMIT_MS = 300;
const IDLE_MS = 10_000;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '9' } },
});
const rounds = Number(values.rounds);
const dir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
const stack = await startStackProcess(dir);
try {
  const file = stack.file();
  await buildImages(file.containers.replace('unix://', ''), helloImages('v1.0.0'));
  copyFileSync(join(repository, 'examples', 'hello', 'hello.toml'), join(file.services, 'hello.toml'));

  await deployMs(file);
  const templates = await Promise.all(
    (await containersOf(file.containers, namespaceOf(dir))).map((name) =>
      inspectContainer(file.containers, name),
    ),
  );
  const warm: number[] = [];
  const whole: number[] = [];
  const plain: number[] = [];
  // Alternating, so that what else the machine does falls on all of them.
  for (let round = 0; round < rounds; round++) {
    await must(file, ['stop', 'hello']);
    for (const name of await containersOf(file.containers, namespaceOf(dir)))
      await runProgram('podman', ['rm', '-f', name]);
    warm.push(await deployMs(file));
    await must(file, ['undeploy', 'hello']);
    plain.push(await timePlainStart(file.containers, templates));
    whole.push(await deployMs(file));
  }
  const ps: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ps.push(await timed(() => must(file, ['ps'])));
    floor.push(await timed(() => runProgram(process.execPath, ['-e', '0'])));
  }
  await delay(IDLE_MS);
  const { processes } = stack.file();
  const memory = (['agent', 'portd', 'certd', 'routed', 'dnsd'] as const).map((name) => ({
    name,
    mib: proportionalSetSizeMib(processes[name].pid!),
  }));
  await must(file, ['undeploy', 'hello']);

  printResult(
    {
      name: 'main job',
      rows: [
        row('warm deploy against plain create, start, first answer', 'ms', {
          value: median(warm),
          reference: median(plain),
        }),
        row('deploy with a new certificate against the same', 'ms', {
          value: median(whole),
          reference: median(plain),
        }),
        row('stack ready against its limit', 'ms', { value: stack.readyMs, reference: READY_LIMIT_MS }),
        row('idle PSS of agent and daemons against its limit', 'MiB', {
          value: memory.reduce((sum, { mib }) => sum + mib, 0),
          reference: MEMORY_LIMIT_MIB,
        }),
        ...memory.map(({ name, mib }) =>
          row(`idle PSS of ${name} against the limit of all`, 'MiB', {
            value: mib,
            reference: MEMORY_LIMIT_MIB,
          }),
        ),
        row('mcp ps against its limit', 'ms', { value: median(ps), reference: PS_LIMIT_MS }),
        row('mcp ps against an empty node process', 'ms', { value: median(ps), reference: median(floor) }),
      ],
    },
    values.json,
  );
} finally {
  await stack.stop();
  rmSync(dir, { recursive: true, force: true });
}

/** The operation's own duration in the agent, from request to done. */
async function deployMs(file: StackFile): Promise<number> {
  const { stdout } = await must(file, ['deploy', 'hello', '--json']);
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as {
    finished?: { duration?: string | { seconds?: string; nanos?: number } };
  };
  const duration = last.finished?.duration;
  if (duration === undefined) throw new Error(`no duration in ${stdout}`);
  if (typeof duration === 'string') return Number.parseFloat(duration) * 1000;
  return Number(duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1e6;
}

async function must(file: StackFile, args: readonly string[]) {
  const finished = await mcp(file, args);
  if (finished.code !== 0) throw new Error(`mcp ${args.join(' ')}: ${finished.stdout}${finished.stderr}`);
  return finished;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
