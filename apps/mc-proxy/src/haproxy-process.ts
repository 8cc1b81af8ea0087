import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { poll } from '@mcp/daemon/wait';
import type { GeneratedConfig } from './haproxy-config.ts';
import type { Layout } from './haproxy-layout.ts';
import { unlessDown, type HaproxyInfo, type Runtime } from './haproxy-runtime.ts';

const START_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 5000;

/** The one HAProxy of this proxy. It has a process group of its own and outlives mc-proxy. */
export interface HaproxyProcess {
  /** What runs and answers now, or undefined. */
  find(): Promise<HaproxyInfo | undefined>;
  /**
   * Starts HAProxy with the configuration that was written to its file. One that runs already hands
   * over its sockets and ends when its connections do. Throws unavailable with HAProxy's own words.
   */
  start(config: GeneratedConfig): Promise<HaproxyInfo>;
  /** Ends what runs, with its connections. */
  stop(): Promise<void>;
}

export function createHaproxyProcess(options: {
  binary: string;
  layout: Layout;
  runtime: Runtime;
  log: Logger;
}): HaproxyProcess {
  const { binary, layout, runtime, log } = options;

  const find = () => unlessDown(runtime.info());

  async function start(config: GeneratedConfig): Promise<HaproxyInfo> {
    const previous = await find();
    if (!previous) await endUnanswering(layout);
    const takeOver = previous ? ['-x', layout.adminSocket, '-sf', String(previous.pid)] : [];
    const child = spawn(binary, ['-db', '-f', layout.config, ...takeOver], {
      cwd: layout.directory,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const complaints = logStandardError(child, log);
    child.unref();
    const ended = new AbortController();
    const failure = failureOf(child, binary).finally(() => ended.abort());
    const info = await Promise.race([failure, answeringAs(child, ended.signal)]);
    if (info instanceof Error) {
      child.kill('SIGKILL');
      const said = complaints.length > 0 ? new Error(complaints.join('; ')) : info;
      throw new ServiceError('unavailable', `start HAProxy with ${layout.config}`, {
        cause: (await isWithoutLua(binary)) ? new Error(WITHOUT_LUA(binary), { cause: said }) : said,
      });
    }
    writeFileSync(layout.pidFile, `${info.pid}\n`);
    log.info({ haproxy_pid: info.pid, version: info.version, config: config.description }, 'HAProxy started');
    return info;
  }

  /** Asks until it is this child that answers; gives up when the child has ended. */
  async function answeringAs(child: ChildProcess, ended: AbortSignal): Promise<HaproxyInfo | Error> {
    const attempt = async () => {
      if (ended.aborted) return new Error('it ended');
      const found = await find();
      return child.pid !== undefined && found?.pid === child.pid ? found : undefined;
    };
    const signal = AbortSignal.timeout(2 * START_TIMEOUT_MS);
    const info = await poll(attempt, { everyMs: 10, timeoutMs: START_TIMEOUT_MS, signal });
    return info ?? new Error(`no answer on ${layout.adminSocket} within ${START_TIMEOUT_MS} ms`);
  }

  return {
    find,
    start,
    async stop() {
      const info = await find();
      if (!info) return;
      process.kill(info.pid, 'SIGTERM');
      await runtime.untilClosed(AbortSignal.timeout(STOP_TIMEOUT_MS));
      if ((await find())?.pid === info.pid) process.kill(info.pid, 'SIGKILL');
    },
  };
}

const WITHOUT_LUA = (binary: string) =>
  `${binary} is built without Lua, by which mc-proxy holds requests; Debian's package has it: apt-get install haproxy`;

/** Asked only after a failed start: every package of HAProxy has Lua. */
async function isWithoutLua(binary: string): Promise<boolean> {
  const versions = await promisify(execFile)(binary, ['-vv']).catch(() => undefined);
  return versions !== undefined && /^Feature list\b.* -LUA\b/m.test(versions.stdout);
}

/** Resolves, with the reason, when the child could not be started or ended. */
function failureOf(child: ChildProcess, binary: string): Promise<Error> {
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      const missing = 'code' in cause && cause.code === 'ENOENT';
      resolve(
        missing ? new Error(`${binary} is not installed; get it with: apt-get install haproxy`) : cause,
      );
    });
    child.once('close', (code, signal) =>
      resolve(new Error(`it ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}

/** Its warnings are about the configuration that is generated here (a listener without l7 routes yet): not news. */
const LEVELS = { ALERT: 'error', WARNING: 'debug', NOTICE: 'debug' } as const;
/** How HAProxy tells that a client left while it was held; nothing but its text says so. */
const CLIENT_LEFT = /^Lua function 'hold(_l4)?': aborting Lua processing on expired timeout/;
/** Enough to tell why a start failed. */
const MAX_ALERTS = 20;

/** Logs HAProxy's standard error and returns the first alerts in it, a list that grows. */
function logStandardError(child: ChildProcess, log: Logger): string[] {
  const alerts: string[] = [];
  if (!child.stderr) return alerts;
  // The pipe must not keep mc-proxy alive when it leaves HAProxy running.
  if (child.stderr instanceof Socket) child.stderr.unref();
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, kind = 'NOTICE', text = line] = /^\[(\w+)\]\s*\(\d+\)\s*:\s*(.*)$/.exec(line) ?? [];
    if (kind === 'ALERT' && alerts.length < MAX_ALERTS) alerts.push(text);
    const level = CLIENT_LEFT.test(text) ? 'debug' : LEVELS[kind as keyof typeof LEVELS];
    log[level ?? 'info']({ haproxy: text }, 'HAProxy says');
  });
  return alerts;
}

/** Ends the HAProxy of the pid file when it is alive but answers no more: it would hold the ports. */
async function endUnanswering(layout: Layout): Promise<void> {
  const pid = Number(readOrEmpty(layout.pidFile));
  const isOurs = () => readOrEmpty(`/proc/${pid}/cmdline`).split('\0').includes(layout.config);
  if (!(pid > 0) || !isOurs()) return;
  process.kill(pid, 'SIGKILL');
  await poll(async () => (isOurs() ? undefined : true), {
    everyMs: 10,
    timeoutMs: STOP_TIMEOUT_MS,
    signal: AbortSignal.timeout(2 * STOP_TIMEOUT_MS),
  });
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
