import { existsSync, mkdirSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { request } from 'node:http';
import { getuid } from 'node:process';
import { poll } from '@mcp/daemon/wait';
import type { Layout } from './layout.ts';

const ANSWER_TIMEOUT_MS = 10_000;
/** What Podman gives containers by default, which must not exceed the hard limits of the machine. */
const PODMAN_LIMIT = 1_048_576;

/** A container engine that answers. `process` is set when the stack started it. */
export interface Engine {
  socket: string;
  process: ChildProcess | undefined;
}

/**
 * Finds a Podman API service that answers, or starts one. Throws when podman is not installed
 * or its service does not come up.
 */
export async function provideEngine(layout: Layout, signal: AbortSignal): Promise<Engine> {
  const runtimeFolder =
    getuid?.() === 0 ? '/run' : (process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${getuid?.()}`);
  const system = `${runtimeFolder}/podman/podman.sock`;
  if (await answers(system)) return { socket: system, process: undefined };
  return startEngine(layout, signal);
}

/** Starts a Podman API service of the stack's own, with its own containers.conf. */
export async function startEngine(layout: Layout, signal: AbortSignal): Promise<Engine> {
  const socket = layout.socket('podman');
  writeFileSync(layout.engineConfig, engineConfig());
  mkdirSync(layout.dir, { recursive: true });
  if (existsSync(socket)) unlinkSync(socket);
  const log = openSync(layout.log('podman'), 'a');
  const child = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    stdio: ['ignore', log, log],
    env: { ...process.env, CONTAINERS_CONF: layout.engineConfig },
    detached: true,
  });
  const failure = new Promise<never>((_, reject) => {
    child.once('error', (cause) =>
      reject(new Error('podman cannot be started: install it with apt-get install podman', { cause })),
    );
    child.once('exit', (code) =>
      reject(new Error(`the podman API service ended with code ${code}, see ${layout.log('podman')}`)),
    );
  });
  const answered = poll(async () => ((await answers(socket)) ? true : undefined), {
    everyMs: 20,
    timeoutMs: ANSWER_TIMEOUT_MS,
    signal,
  });
  failure.catch(() => undefined);
  if (!(await Promise.race([answered, failure]))) {
    throw new Error(`the podman API service does not answer at ${socket}, see ${layout.log('podman')}`);
  }
  return { socket, process: child };
}

/** True when a Docker API answers at the socket. */
export function answers(socketPath: string): Promise<boolean> {
  if (!existsSync(socketPath)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('error', () => resolve(false));
    call.on('timeout', () => call.destroy());
    call.end();
  });
}

/**
 * runc and cgroupfs work with cgroups of both versions and without systemd; log files can be
 * followed without a journal.
 */
function engineConfig(): string {
  const limits = hardLimits();
  const tight = limits.nofile < PODMAN_LIMIT || limits.nproc < PODMAN_LIMIT;
  // Both or none: with one alone podman takes its own default for the other.
  const ulimits = tight
    ? `default_ulimits = ["nofile=${limits.nofile}:${limits.nofile}", "nproc=${limits.nproc}:${limits.nproc}"]`
    : '';
  return `[containers]
${ulimits}
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`;
}

function hardLimits(): { nofile: number; nproc: number } {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const hard = (title: string) => {
    const value = new RegExp(`^${title}\\s+\\S+\\s+(\\S+)`, 'm').exec(text)?.[1];
    return value === undefined || value === 'unlimited'
      ? PODMAN_LIMIT
      : Math.min(PODMAN_LIMIT, Number(value));
  };
  // Podman lowers its own process limit to the kernel's highest process id, and cannot give more than it has.
  const highestPid = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  return { nofile: hard('Max open files'), nproc: Math.min(hard('Max processes'), highestPid) };
}
