import { connect } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { millisecondsOf } from '@mcp/daemon/duration';
import { ServiceError } from '@mcp/daemon/errors';
import { pause } from '@mcp/daemon/wait';
import type { ComponentSpec } from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import type { Containers } from './containers.ts';
import { portOf } from '../desired.ts';
import type { LeasedSlot } from '../generation.ts';

const DEFAULTS = { intervalMs: 1000, timeoutMs: 5000, retries: 3, startPeriodMs: 30_000 };
/** A container that is still starting is asked this often, so that a fast one is not waited for. */
const STARTING_INTERVAL_MS = 15;
const PROCESS_CHECK_EVERY = 10;
const SHOWN_LOG_LINES = 20;
const SHOWN_LINE_LENGTH = 300;

/** One way to ask a component whether it is healthy; throws why it is not. */
type Probe = (timeoutMs: number) => Promise<void>;

export interface HealthTarget {
  component: ComponentSpec;
  container: string;
  ports: readonly LeasedSlot[];
  /** Where the component's ports are published. */
  address: string;
}

/**
 * Waits until a component's container is healthy as its definition says: an HTTP path, a
 * command, or every route's port: answering in TLS for l4, accepting TCP for l7. Throws failed_precondition, with the last log
 * lines, when the container ends or stays unhealthy past its start period and retries.
 */
export async function waitUntilHealthy(
  containers: Containers,
  target: HealthTarget,
  signal: AbortSignal,
): Promise<void> {
  const { component, container } = target;
  const settings = settingsOf(component);
  const probe = probeOf(containers, target);
  const patienceMs = healthPatienceMs(component);
  const deadline = performance.now() + patienceMs;
  const everyMs = Math.min(STARTING_INTERVAL_MS, settings.intervalMs);
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const failure = await probe(settings.timeoutMs).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return;
    if (attempt % PROCESS_CHECK_EVERY === 0) await requireAlive(containers, container);
    if (performance.now() > deadline) {
      const what = `is not healthy after ${Math.round(patienceMs / 1000)} s`;
      throw await withLogs(containers, container, what, failure);
    }
    await pause(everyMs, signal);
  }
}

/** How long waitUntilHealthy waits at most for a container that runs. */
export function healthPatienceMs(component: Pick<ComponentSpec, 'health'>): number {
  const { startPeriodMs, retries, intervalMs } = settingsOf(component);
  return startPeriodMs + retries * intervalMs;
}

/** Asks once. Returns why the component is not healthy, or undefined when it is. */
export async function whyUnhealthy(
  containers: Containers,
  target: HealthTarget,
): Promise<string | undefined> {
  const { timeoutMs } = settingsOf(target.component);
  return probeOf(
    containers,
    target,
  )(timeoutMs).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function settingsOf({ health }: Pick<ComponentSpec, 'health'>) {
  return {
    intervalMs: millisecondsOf(health?.interval) ?? DEFAULTS.intervalMs,
    timeoutMs: millisecondsOf(health?.timeout) ?? DEFAULTS.timeoutMs,
    retries: health?.retries || DEFAULTS.retries,
    startPeriodMs: millisecondsOf(health?.startPeriod) ?? DEFAULTS.startPeriodMs,
  };
}

function probeOf(containers: Containers, { component, container, ports, address }: HealthTarget): Probe {
  const { health, routes } = component;
  const leased = (route: string) => portOf(ports, component.name, route);
  if (health && health.command.length > 0) {
    return async (timeoutMs) => {
      const code = await containers.run(container, health.command, timeoutMs);
      if (code !== 0) throw new Error(`${health.command[0]} exited with code ${code}`);
    };
  }
  if (health && health.path !== '') {
    const route = routes.find(({ name }) => health.route === '' || name === health.route) ?? routes[0]!;
    const tls = route.backendTls || route.mode === RouteMode.L4;
    return (timeoutMs) => getPath({ tls, address, port: leased(route.name), path: health.path, timeoutMs });
  }
  return async (timeoutMs) => {
    await Promise.all(
      routes.map(({ name, mode, hostname }) =>
        mode === RouteMode.L4
          ? connectTls({ host: address, port: leased(name), hostname, timeoutMs })
          : connectTcp(address, leased(name), timeoutMs),
      ),
    );
    // A component without routes has nothing to ask: it is healthy while it runs.
    if (routes.length === 0) await requireAlive(containers, container);
  };
}

function connectTcp(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.once('connect', () => end(resolve));
    socket.once('error', (error) =>
      end(() => reject(new Error(`port ${port} does not accept connections`, { cause: error }))),
    );
    socket.once('timeout', () => end(() => reject(new Error(`port ${port} does not answer`))));
  });
}

/**
 * An l4 backend does its own TLS, so it must answer a handshake, with whatever certificate. Podman itself
 * listens on a published port: that a connection is accepted says nothing of the container.
 */
function connectTls(target: {
  host: string;
  port: number;
  hostname: string;
  timeoutMs: number;
}): Promise<void> {
  const { host, port, hostname, timeoutMs } = target;
  return new Promise((resolve, reject) => {
    const socket = connectSecure({
      host,
      port,
      servername: hostname,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
      timeout: timeoutMs,
    });
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.once('secureConnect', () => end(resolve));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      // An alert is an answer too: it may want a client certificate, or another protocol.
      end(() =>
        error.code?.startsWith('ERR_SSL_')
          ? resolve()
          : reject(new Error(`port ${port} does not answer in TLS`, { cause: error })),
      ),
    );
    socket.once('timeout', () => end(() => reject(new Error(`port ${port} does not answer in TLS`))));
  });
}

function getPath(options: {
  tls: boolean;
  address: string;
  port: number;
  path: string;
  timeoutMs: number;
}): Promise<void> {
  const { tls, address, port, path, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    // The backend's own certificate is the service's affair here; the proof from outside checks the proxy's.
    const request = (tls ? requestHttps : requestHttp)(
      {
        host: address,
        port,
        path,
        rejectUnauthorized: false,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        if (status < 400) resolve();
        else reject(new Error(`${path} answers ${status}`));
      },
    );
    request.on('error', (cause) => reject(new Error(`${path} on port ${port} does not answer`, { cause })));
    request.end();
  });
}

async function requireAlive(containers: Containers, container: string): Promise<void> {
  const process = await containers.process(container);
  if (!process)
    throw new ServiceError('failed_precondition', `container ${container} was removed while it started`);
  if (process.running && process.restartCount === 0) return;
  const times = process.restartCount > 0 ? ` (restarted ${process.restartCount} times)` : '';
  throw await withLogs(containers, container, `exited with code ${process.exitCode}${times}`);
}

async function withLogs(
  containers: Containers,
  container: string,
  what: string,
  cause?: unknown,
): Promise<ServiceError> {
  const lines: string[] = [];
  const signal = AbortSignal.timeout(DEFAULTS.timeoutMs);
  for await (const { line } of containers.logs(container, {
    follow: false,
    tail: SHOWN_LOG_LINES,
    since: undefined,
    signal,
  })) {
    if (line.trim() !== '') lines.push(`  ${line.slice(0, SHOWN_LINE_LENGTH)}`);
  }
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const logs =
    lines.length > 0
      ? `; its last log lines:\n${lines.slice(-SHOWN_LOG_LINES).join('\n')}`
      : '; it wrote no log';
  return new ServiceError('failed_precondition', `container ${container} ${what}${why}${logs}`);
}
