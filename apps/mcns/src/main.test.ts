import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, onTestFinished, test } from 'vitest';
import { askUdp } from './dns/test-packets.ts';
import { createTestCertificate } from '@mcp/testing/test-certificate';
import { createRestClient, createTestTokens } from './test-mcns.ts';

const program = fileURLToPath(new URL('../bin/mcns.js', import.meta.url));

async function writeConfig() {
  const folder = temporaryDirectory();
  const { cert, key } = await createTestCertificate();
  const file = join(folder, 'mcns.toml');
  writeFileSync(
    file,
    `[server]
     socket = "${folder}/run/mcns.sock"
     [database]
     path = "${folder}/mcns.db"
     [dns]
     listen_addr = "127.0.0.1:0"
     [rest]
     listen_addr = "127.0.0.1:0"
     tls_cert = "${cert}"
     tls_key = "${key}"
     token_file = "${createTestTokens()}"
     [[zones]]
     name = "svc.test"
     primary_ns = "ns.svc.test"
     admin_email = "admin.svc.test"`,
  );
  return { file, caFile: cert };
}

/** Starts the program and reads the ports from its log. */
async function start(file: string) {
  const child = spawn(process.execPath, [program, 'server', '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const ports = { dns: 0, rest: 0 };
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port: number };
    if (msg === 'answering queries') ports.dns = port;
    if (msg === 'serving REST') ports.rest = port;
    if (msg === 'listening') break;
  }
  child.stdout.resume();
  return { child, exited, ports };
}

test('keeps records and serial when it is killed, and stops on SIGTERM', async () => {
  const { file, caFile } = await writeConfig();
  const first = await start(file);
  const record = { name: 'web', type: 'A', value: '10.0.0.1' };
  const rest = createRestClient({ port: first.ports.rest, caFile });
  expect((await rest('root', 'POST /v1/zones/svc.test/records', record)).status).toBe(201);
  const { body: zone } = await rest('root', 'GET /v1/zones/svc.test');
  first.child.kill('SIGKILL');
  await first.exited;

  const second = await start(file);
  const reply = await askUdp(second.ports.dns, { questions: [{ type: 'A', name: 'web.svc.test' }] });
  expect(reply.answers).toMatchObject([{ data: '10.0.0.1' }]);
  const again = createRestClient({ port: second.ports.rest, caFile });
  expect((await again('root', 'GET /v1/zones/svc.test')).body).toEqual(zone);
  second.child.kill('SIGTERM');
  expect(await second.exited).toEqual([0, null]);
});
