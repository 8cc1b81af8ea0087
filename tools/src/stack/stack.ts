import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HealthDefinition } from 'nice-grpc-server-health';
import { openChannel } from '@mcp/daemon/client';
import { messageWithCauses } from '@mcp/daemon/errors';
import { poll } from '@mcp/daemon/wait';
import { bundlePath } from '../bundle/bundle.ts';
import { writeConfigs } from './configs.ts';
import { containersOf, removeNetwork } from './engine-view.ts';
import { provideEngine, startEngine, type Engine } from './engine.ts';
import {
  createFolders,
  DOMAIN,
  layoutOf,
  networkOf,
  stackPrograms,
  type Layout,
  type ProgramName,
} from './layout.ts';
import { choosePorts, type StackPorts } from './ports.ts';
import { createSecrets } from './secrets.ts';
import { supervise, type Supervised } from './supervisor.ts';

const run = promisify(execFile);
const READY_TIMEOUT_MS = 30_000;
const ENGINE_CHECK_EVERY_MS = 1000;
const GIVE_UP_AFTER_DEATHS = 3;
const SHOWN_LOG_LINES = 3;

/** What DIR/stack.json says. */
export interface StackFile {
  dir: string;
  /** The `mcp` command's configuration, for MCP_CONFIG. */
  config: string;
  /** Folder of service definitions. */
  services: string;
  /** PEM file of the root certificate. */
  ca: string;
  domain: string;
  /** "127.0.0.1:port", UDP and TCP. */
  dns: string;
  /** Address of the proxy's listener by the port that routes name. */
  listeners: Record<'443' | '8443' | '9443', string>;
  processes: Record<ProgramName, { pid: number | undefined; socket: string }>;
  /** "unix:///path" of the container engine. */
  containers: string;
  /** Process of the container engine's API service; undefined when the stack did not start it. */
  containersPid: number | undefined;
  /** TCP address of the agent's API; needs TLS and a token. */
  agent: string;
}

export interface Stack {
  layout: Layout;
  file(): StackFile;
  /** Kills a program with SIGKILL and keeps it down until `resume`, for tests that need its files. */
  halt(name: ProgramName): Promise<void>;
  resume(name: ProgramName): void;
  /** Ends every process, the agent first. Containers keep running; without any, their network is removed. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Absolute path of the stack's folder. */
  dir: string;
  signal: AbortSignal;
  /** Told of starts and ends of processes, for a person. */
  report(line: string): void;
}

/**
 * Starts the whole platform under `dir`, on loopback, every program its own process, and
 * returns when all of them answer. Throws when one cannot be started.
 */
export async function startStack({ dir, signal, report }: StackOptions): Promise<Stack> {
  const layout = layoutOf(dir);
  createFolders(layout);
  requireNotRunning(layout);
  createSecrets(layout);
  const ports = await choosePorts(layout.ports);
  let engine = await provideEngine(layout, signal);
  writeConfigs({ layout, ports, engineSocket: engine.socket, namespace: namespaceOf(dir) });
  await issueBootstrapCertificates(layout);

  const supervised: Supervised[] = [];
  const file = () => describe(layout, ports, engine, supervised);
  const changed = (what: string) => {
    if (/ended/.test(what)) report(what);
    writeWhole(layout.stackFile, `${JSON.stringify(file(), null, 2)}\n`);
  };
  for (const { name, command } of stackPrograms) {
    const args = [bundlePath(command), 'server', '--config', layout.config(name)];
    supervised.push(
      supervise(
        {
          name,
          command: process.execPath,
          args: ['--max-semi-space-size=1', ...args],
          log: layout.log(name),
        },
        changed,
      ),
    );
  }
  const stopping = new AbortController();
  const watching = watchEngine();

  const programOf = (name: ProgramName) => supervised.find((each) => each.name === name)!;
  const stack: Stack = {
    layout,
    file,
    halt: (name) => programOf(name).halt(),
    resume: (name) => programOf(name).resume(),
    async stop() {
      stopping.abort();
      await watching;
      // The agent first: it needs the others to finish what it does.
      for (const each of supervised.toReversed()) await each.stop();
      endOrphanedProxy(layout);
      await removeUnusedNetwork(engine, namespaceOf(dir)).catch((error: unknown) =>
        report(messageWithCauses(error)),
      );
      engine.process?.kill('SIGTERM');
      rmSync(layout.stackFile, { force: true });
    },
  };
  try {
    await Promise.all(supervised.map((each) => waitUntilServing(layout, each, signal)));
  } catch (error) {
    await stack.stop();
    throw error;
  }
  changed('ready');
  return stack;

  /** Starts the engine's API service again when it was ours and died. */
  async function watchEngine(): Promise<void> {
    if (!engine.process) return;
    const end = AbortSignal.any([signal, stopping.signal]);
    while (!end.aborted) {
      await poll(
        async () =>
          engine.process?.exitCode === null && engine.process.signalCode === null ? undefined : true,
        {
          everyMs: ENGINE_CHECK_EVERY_MS / 5,
          timeoutMs: ENGINE_CHECK_EVERY_MS,
          signal: end,
        },
      )
        .then(async (died) => {
          if (!died) return;
          report('podman ended, starting it again');
          engine = await startEngine(layout, end);
          changed('podman started');
        })
        .catch((error: unknown) => {
          if (!end.aborted) report(`podman: ${error instanceof Error ? error.message : String(error)}`);
        });
    }
  }
}

/** Keeps containers of stacks apart that share an engine: the same folder gives the same word. */
export function namespaceOf(dir: string): string {
  return createHash('sha256').update(dir).digest('hex').slice(0, 6);
}

/** mc-proxy ends its HAProxy when it stops; one that was killed just before leaves it running. */
function endOrphanedProxy({ haproxy }: Layout): void {
  const pidFile = join(haproxy, 'haproxy.pid');
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  if (pid > 0 && commandLineHas(pid, `${haproxy}/haproxy.cfg`)) process.kill(pid, 'SIGKILL');
}

async function removeUnusedNetwork({ socket }: Engine, namespace: string): Promise<void> {
  if ((await containersOf(socket, namespace)).length === 0) await removeNetwork(socket, networkOf(namespace));
}

function requireNotRunning({ stackFile, dir }: Layout): void {
  if (!existsSync(stackFile)) return;
  const { processes } = JSON.parse(readFileSync(stackFile, 'utf8')) as StackFile;
  const alive = Object.entries(processes).filter(
    ([name, { pid }]) => pid !== undefined && commandLineHas(pid, `${dir}/etc/${name}.toml`),
  );
  if (alive.length === 0) return;
  const list = alive.map(([name, { pid }]) => `${name} ${pid}`).join(', ');
  throw new Error(
    `a stack already runs in ${dir} (${list}): stop it, or end these processes, or use another --dir`,
  );
}

function commandLineHas(pid: number, word: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
  } catch {
    return false;
  }
}

/** The programs that must serve TLS before there is anybody to ask for a certificate get theirs from the CA's own command. */
async function issueBootstrapCertificates(layout: Layout): Promise<void> {
  const names = ['mcns', 'agent'];
  const files = [layout.root, ...names.map(layout.certificate)];
  if (files.every((file) => existsSync(file))) return;
  const pairs = names.flatMap((name) => ['--cert', layout.certificate(name), '--key', layout.key(name)]);
  const identity = ['--name', 'localhost', '--address', '127.0.0.1'];
  const config = ['--config', layout.config('metacrypt')];
  await run(process.execPath, [
    bundlePath('metacrypt'),
    'issue',
    ...config,
    ...identity,
    ...pairs,
    '--root',
    layout.root,
  ]);
}

/** Throws with the end of its log when a program keeps dying or does not answer. */
async function waitUntilServing(layout: Layout, program: Supervised, signal: AbortSignal): Promise<void> {
  const { name } = program;
  const channel = openChannel({ address: `unix:${layout.socket(name)}` });
  const health = channel.client(HealthDefinition);
  const askOnce = () =>
    health.check({ service: '' }, { signal, deadline: 1000 }).then(
      () => true,
      () => (program.deaths() >= GIVE_UP_AFTER_DEATHS ? false : undefined),
    );
  try {
    const serves = await poll(askOnce, { everyMs: 25, timeoutMs: READY_TIMEOUT_MS, signal });
    if (serves) return;
    const log = layout.log(name);
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-SHOWN_LOG_LINES);
    throw new Error(`${name} does not answer; the end of ${log}:\n${[...new Set(lines)].join('\n')}`);
  } finally {
    channel.close();
  }
}

function describe(
  layout: Layout,
  ports: StackPorts,
  engine: Engine,
  supervised: readonly Supervised[],
): StackFile {
  const at = (port: number) => `127.0.0.1:${port}`;
  const processes = Object.fromEntries(
    stackPrograms.map(({ name }) => [
      name,
      { pid: supervised.find((each) => each.name === name)?.pid(), socket: layout.socket(name) },
    ]),
  ) as StackFile['processes'];
  return {
    dir: layout.dir,
    config: layout.cliConfig,
    services: layout.services,
    ca: layout.root,
    domain: DOMAIN,
    dns: at(ports.dns),
    listeners: { '443': at(ports['443']), '8443': at(ports['8443']), '9443': at(ports['9443']) },
    processes,
    containers: `unix://${engine.socket}`,
    containersPid: engine.process?.pid,
    agent: at(ports.agent),
  };
}

/** A reader sees the old content or the new, never a part. */
function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
