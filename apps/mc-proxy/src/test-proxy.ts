import { join } from 'node:path';
import { createLogger } from '@mcp/daemon/logging';
import { openDatabase } from '@mcp/daemon/sqlite';
import { ProxyAdminServiceDefinition, RouteMode, type Route } from '@mcp/proto/mc-proxy';
import { startServer } from '@mcp/daemon/test-server';
import { freePort } from '@mcp/testing/free-port';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { onTestFinished } from 'vitest';
import type { HaproxyConfig, ListenerConfig } from './config.ts';
import { createLayout } from './haproxy-layout.ts';
import { createRuntime } from './haproxy-runtime.ts';
import { migrations } from './migrations.ts';
import { startProxy } from './proxy.ts';
import { access, createProxyAdminService } from './service.ts';

/** What a test wants to differ from a proxy with one listener, 443. */
export interface TestProxyOptions {
  directory?: string;
  holdMs?: number;
  /** Listeners by the port that routes name. */
  listeners?: Pick<ListenerConfig, 'port' | 'address' | 'routes'>[];
}

/** A listener 443 on a free port of 127.0.0.1. */
export async function testListener(port = 443): Promise<ListenerConfig> {
  return { port, address: `127.0.0.1:${await freePort()}`, routes: [] };
}

/** Starts a proxy with a real HAProxy in this process, and its admin API on a Unix socket. */
export async function startTestProxy(options: TestProxyOptions = {}) {
  const directory = options.directory ?? temporaryDirectory();
  const listeners = options.listeners ?? [await testListener()];
  const haproxy: HaproxyConfig = {
    binary: 'haproxy',
    directory: join(directory, 'haproxy'),
    hold_ms: options.holdMs ?? 10_000,
    on_stop: 'stop',
  };
  const database = openDatabase(join(directory, 'mc-proxy.db'), migrations);
  onTestFinished(() => void database.close());
  const log = createLogger('test', 'silent');
  const stop = new AbortController();
  const proxy = await startProxy({ config: { haproxy, listeners }, database, log });
  const running = proxy.dataPlane.run(stop.signal);
  /** Ends what an mc-proxy that stops ends; HAProxy serves on. */
  const leave = async () => {
    stop.abort();
    await running;
  };
  onTestFinished(async () => {
    await leave();
    await proxy.stopHaproxy();
  });
  const service = createProxyAdminService({ listeners, ...proxy, startedAt: new Date() });
  const { channel } = await startServer((server) => {
    server.add(ProxyAdminServiceDefinition, service, access);
  });
  const layout = createLayout(haproxy.directory);
  return {
    admin: channel.client(ProxyAdminServiceDefinition),
    directory,
    listeners,
    layout,
    runtime: createRuntime(layout.adminSocket),
    /** Where a listener really is. */
    portOf: (port = 443) =>
      Number(
        listeners
          .find((each) => each.port === port)
          ?.address.split(':')
          .at(-1),
      ),
    leave,
  };
}

const NOTHING: Omit<Route, 'hostname' | 'mode' | 'backend'> = {
  port: 443,
  backendTls: false,
  certificatePath: '',
  keyPath: '',
  certificateFingerprint: '',
};

export function l4Route(hostname: string, backendPort: number, more: Partial<Route> = {}): Route {
  return { ...NOTHING, hostname, mode: RouteMode.L4, backend: `127.0.0.1:${backendPort}`, ...more };
}

export function l7Route(
  hostname: string,
  backendPort: number,
  files: Pick<Route, 'certificatePath' | 'keyPath'>,
  more: Partial<Route> = {},
): Route {
  const { certificatePath, keyPath } = files;
  return {
    ...NOTHING,
    hostname,
    mode: RouteMode.L7,
    backend: `127.0.0.1:${backendPort}`,
    certificatePath,
    keyPath,
    ...more,
  };
}
