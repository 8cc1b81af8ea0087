import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openChannel } from '@mcp/daemon/client';
import { RecordServiceDefinition } from '@mcp/proto/dnsd';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startFakeMcns, type FakeMcns } from './fake-mcns.ts';
import { address } from './test-dnsd.ts';

const program = fileURLToPath(new URL('../bin/mcp-dnsd.js', import.meta.url));

function writeConfig({ server_url, ca_cert, token_path }: FakeMcns['endpoint']) {
  const folder = temporaryDirectory();
  const file = join(folder, 'dnsd.toml');
  writeFileSync(
    file,
    `[server]
     socket = "${folder}/run/dnsd.sock"
     [database]
     path = "${folder}/dnsd.db"
     [sync]
     interval_s = 1
     [[zones]]
     name = "svc.test"
     provider = "mcns"
     server_url = "${server_url}"
     ca_cert = "${ca_cert}"
     token_path = "${token_path}"`,
  );
  return { file, socket: `${folder}/run/dnsd.sock` };
}

async function start(file: string) {
  const child = spawn(process.execPath, [program, 'server', '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if ((JSON.parse(line) as { msg: string }).msg === 'listening') break;
  }
  child.stdout.resume();
  return { child, exited };
}

test('keeps the server like its store over a kill and while the server is away, and stops on SIGTERM', async () => {
  const mcns = await startFakeMcns();
  const { file, socket } = writeConfig(mcns.endpoint);
  const first = await start(file);
  const channel = openChannel({ address: `unix:${socket}` });
  onTestFinished(() => channel.close());
  const client = channel.client(RecordServiceDefinition);
  await client.applyRecords({ owner: 'rift/web', records: [address('10.0.0.1')] });
  first.child.kill('SIGKILL');
  await first.exited;

  mcns.wipe();
  await mcns.down();
  const second = await start(file);
  await mcns.up();
  const repaired = () => expect(mcns.contents()).toEqual(['web A 10.0.0.1 60']);
  await vi.waitFor(repaired, { timeout: 4000 });
  mcns.wipe();
  await vi.waitFor(repaired, { timeout: 4000 });
  second.child.kill('SIGTERM');
  expect(await second.exited).toEqual([0, null]);
}, 15_000);
