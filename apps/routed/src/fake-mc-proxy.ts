import { join } from 'node:path';
import type { AccessMap } from '@mcp/daemon/access';
import { millisecondsOf } from '@mcp/daemon/duration';
import { ServiceError, type ErrorCode } from '@mcp/daemon/errors';
import { createLogger } from '@mcp/daemon/logging';
import { createRpcServer, type RpcServer } from '@mcp/daemon/server';
import {
  ProxyAdminServiceDefinition,
  type ProxyAdminServiceImplementation,
  type Route,
} from '@mcp/proto/mc-proxy';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A call that the fake answers with an error, before or after it took effect. */
export interface Failure {
  call: 'add' | 'remove' | 'hold' | 'resume';
  hostname: string;
  when: 'before' | 'after';
  code: ErrorCode;
  /** Only the first such call fails. */
  once?: true;
}

const access: AccessMap<typeof ProxyAdminServiceDefinition> = {
  addRoute: 'operator',
  removeRoute: 'operator',
  holdRoute: 'operator',
  resumeRoute: 'operator',
  countConnections: 'caller',
  listRoutes: 'caller',
  getStatus: 'caller',
};

/** mc-proxy's admin API on a Unix socket of its own, with routes that outlive `stop` and `start`. */
export async function startFakeMcProxy() {
  const socket = join(temporaryDirectory(), 'mc-proxy.sock');
  const routes = new Map<string, Route>();
  const holds = new Map<string, number>();
  const open = new Map<string, { requests: number; streams: number }>();
  const calls: string[] = [];
  const fake = {
    address: `unix:${socket}`,
    /** By "hostname:port"; tests may change them behind routed's back. */
    routes,
    /** "hostname:port" of the routes that are held, with how many milliseconds were asked for. */
    holds,
    /** What is open, by backend. */
    open,
    /** Every write, for example "add a.test". */
    calls,
    failures: [] as Failure[],
    /** The fingerprint that an l7 route gets when it is added, by certificate path. */
    fingerprints: new Map<string, string>(),
    /** How long a write takes. */
    delayMs: 0,
    /** A write that takes longer than the others. */
    slow: undefined as { call: Failure['call']; hostname: string; delayMs: number } | undefined,
    async start() {
      server = createRpcServer(createLogger('fake-mc-proxy', 'silent'));
      server.add(ProxyAdminServiceDefinition, service, access);
      await server.listen({ socket });
    },
    async stop() {
      await server?.stop();
      server = undefined;
    },
  };
  let server: RpcServer | undefined;

  async function write(call: Failure['call'], hostname: string, effect: () => void): Promise<void> {
    calls.push(`${call} ${hostname}`);
    const isSlow = fake.slow?.call === call && fake.slow.hostname === hostname;
    await delay(isSlow ? fake.slow?.delayMs : fake.delayMs);
    const failure = fake.failures.find((each) => each.call === call && each.hostname === hostname);
    if (failure?.once) fake.failures = fake.failures.filter((each) => each !== failure);
    if (failure?.when !== 'before') effect();
    if (failure) throw new ServiceError(failure.code, `the fake refuses ${hostname}`);
  }

  const service: ProxyAdminServiceImplementation<object> = {
    async addRoute({ route }) {
      const certificateFingerprint = fake.fingerprints.get(route!.certificatePath) ?? '';
      const served = { ...route!, certificateFingerprint };
      await write('add', route!.hostname, () => routes.set(`${route!.hostname}:${route!.port}`, served));
      return { route: served };
    },
    async removeRoute({ hostname, port }) {
      const key = `${hostname}:${port}`;
      const removed = routes.has(key);
      await write('remove', hostname, () => {
        routes.delete(key);
        holds.delete(key);
      });
      return { removed };
    },
    async listRoutes() {
      const ports = [...new Set([...routes.values()].map(({ port }) => port))];
      return {
        listeners: ports.map((port) => ({
          port,
          routes: [...routes.values()].filter((route) => route.port === port),
        })),
      };
    },
    async holdRoute({ hostname, port, hold }) {
      if (!routes.has(`${hostname}:${port}`)) throw new ServiceError('not_found', `no route ${hostname}`);
      await write('hold', hostname, () => holds.set(`${hostname}:${port}`, millisecondsOf(hold!)));
      return {};
    },
    async resumeRoute({ hostname, port }) {
      const resumed = holds.has(`${hostname}:${port}`);
      await write('resume', hostname, () => holds.delete(`${hostname}:${port}`));
      return { resumed };
    },
    async countConnections({ backends }) {
      return {
        backends: backends.map((backend) => ({
          backend,
          ...(open.get(backend) ?? { requests: 0, streams: 0 }),
        })),
      };
    },
    async getStatus() {
      return {};
    },
  };

  await fake.start();
  onTestFinished(() => fake.stop());
  return fake;
}

export type FakeMcProxy = Awaited<ReturnType<typeof startFakeMcProxy>>;
