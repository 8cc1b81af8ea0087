import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openChannel } from '@mcp/daemon/client';
import { ProxyAdminServiceDefinition } from '@mcp/proto/mc-proxy';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, onTestFinished, test } from 'vitest';
import { createLayout } from './haproxy-layout.ts';
import { createRuntime, unlessDown } from './haproxy-runtime.ts';
import { freePort } from '@mcp/testing/free-port';
import { createTestCa } from './test-certificate.ts';
import { l4Route } from './test-proxy.ts';
import { get, listen } from './test-traffic.ts';

const PROGRAM = new URL('../bin/mc-proxy.js', import.meta.url).pathname;

async function setUp({ haproxyLines = '', port: wanted = 0 } = {}) {
  const directory = temporaryDirectory();
  const port = wanted || (await freePort());
  const config = join(directory, 'mc-proxy.toml');
  const socket = join(directory, 'admin', 'mc-proxy.sock');
  writeFileSync(
    config,
    `[server]\nsocket = "${socket}"\n[database]\npath = "${directory}/mc-proxy.db"\n` +
      `[haproxy]\ndirectory = "${directory}/haproxy"\n${haproxyLines}\n` +
      `[[listeners]]\nport = 443\naddress = "127.0.0.1:${port}"\n`,
  );
  const runtime = createRuntime(createLayout(`${directory}/haproxy`).adminSocket);
  onTestFinished(async () => {
    const info = await unlessDown(runtime.info());
    if (info) process.kill(info.pid, 'SIGKILL');
  });
  const channel = openChannel({ address: `unix:${socket}` });
  onTestFinished(() => channel.close());
  return {
    directory,
    port,
    start: () => startProgram(config),
    runtime,
    admin: channel.client(ProxyAdminServiceDefinition),
  };
}

function startProgram(config: string) {
  const child = spawn(process.execPath, [PROGRAM, 'server', '--config', config]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output.text += String(chunk)));
  return { child, output, listening: () => said(child, output, '"listening"') };
}

async function said(child: ChildProcess, output: { text: string }, words: string): Promise<void> {
  while (!output.text.includes(words)) {
    if (child.exitCode !== null) throw new Error(output.text);
    await once(child.stdout!, 'data');
  }
}

test('HAProxy serves and holds on when mc-proxy is killed, and the next mc-proxy adopts it', async () => {
  const { directory, port, start, runtime, admin } = await setUp();
  const ca = await createTestCa(directory);
  const own = await ca.issue('a', 'a.test');
  const backend = createHttpsServer(
    { cert: readFileSync(own.certificatePath), key: readFileSync(own.keyPath) },
    (_request, response) => response.end('a'),
  );
  const first = start();
  await first.listening();
  await admin.addRoute({ route: l4Route('a.test', await listen(backend)) });
  await admin.holdRoute({ port: 443, hostname: 'a.test', hold: { seconds: 60n, nanos: 0 } });
  const held = get(port, 'a.test', { ca: ca.root });
  const { pid } = await runtime.info();
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  expect((await runtime.info()).pid).toBe(pid);
  const second = start();
  await second.listening();
  expect((await runtime.info()).pid).toBe(pid);
  expect((await admin.listRoutes({})).listeners[0]?.routes).toMatchObject([{ hostname: 'a.test' }]);
  expect(await Promise.race([held, delay(50, 'waits')])).toBe('waits');
  expect(await admin.resumeRoute({ port: 443, hostname: 'a.test' })).toEqual({ resumed: true });
  expect((await held).body).toBe('a');
  second.child.kill('SIGTERM');
  expect(await once(second.child, 'exit')).toEqual([0, null]);
  expect((await runtime.info()).pid).toBe(pid);
});

test('HAProxy ends with mc-proxy when on_stop says so', async () => {
  const { start, runtime } = await setUp({ haproxyLines: 'on_stop = "stop"' });
  const { child, listening } = start();
  await listening();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  await expect(runtime.info()).rejects.toMatchObject({ code: 'unavailable' });
});

test('a missing HAProxy is one line that says how to get it', async () => {
  const { start } = await setUp({ haproxyLines: 'binary = "no-such-haproxy"' });
  const { child, output } = start();
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(output.text).toMatch(
    /^mc-proxy: start HAProxy with \S+: no-such-haproxy is not installed; get it with: apt-get install haproxy\n$/,
  );
});

test('a HAProxy without Lua is told plainly', async () => {
  const binary = join(temporaryDirectory(), 'haproxy-without-lua');
  writeFileSync(
    binary,
    '#!/bin/sh\n[ "$1" = -vv ] && echo "Feature list : +EPOLL -LUA +OPENSSL" && exit 0\n' +
      `echo "[ALERT] (1) : unknown keyword 'lua-load-per-thread'" >&2\nexit 1\n`,
    { mode: 0o755 },
  );
  const { start } = await setUp({ haproxyLines: `binary = "${binary}"` });
  const { child, output } = start();
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(output.text).toContain(
    `${binary} is built without Lua, by which mc-proxy holds requests; Debian's package has it: ` +
      "apt-get install haproxy: unknown keyword 'lua-load-per-thread'",
  );
});

test('a taken port is told in the words of HAProxy', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const { start } = await setUp({ port });
  const { child, output } = start();
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(output.text).toContain(`cannot bind socket (Address already in use) for [127.0.0.1:${port}]`);
});
