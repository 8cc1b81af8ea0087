import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageWithCauses } from '@mcp/daemon/errors';
import { bundlePath, bundlePrograms } from '../bundle/bundle.ts';
import { buildImages } from '../images/build.ts';
import { helloImages } from '../images/hello.ts';
import { repository } from '../repository.ts';
import { startStack, type Stack, type StackFile } from '../stack/stack.ts';
import { stopSignal } from '../stop-signal.ts';
import { findLeftovers } from './leftovers.ts';
import { proveHello, type Proof } from './proofs.ts';
import { proofTable } from './table.ts';

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const stop = stopSignal();

const dir = mkdtempSync(join(tmpdir(), 'mcp-demo-'));
const failures: string[] = [];
let stack: Stack | undefined;
try {
  say('Starting the platform: a CA, a DNS server, a TLS proxy, and the control plane');
  await bundlePrograms();
  stack = await startStack({ dir, signal: stop, report: (line) => say(`  ${line}`) });
  const file = stack.file();
  say('Building the example images (no registry, no base image)');
  await buildImages(file.containers.replace('unix://', ''), helloImages('v1.0.0'));
  copyFileSync(join(repository, 'examples', 'hello', 'hello.toml'), join(file.services, 'hello.toml'));

  say('\n$ mcp deploy hello');
  await show(file, ['deploy', 'hello']);
  say('\nSeen from outside:');
  report(await proveHello(file));
  say('\n$ mcp ps');
  await show(file, ['ps']);

  if (!values.once && failures.length === 0) {
    say(`\nIt stays up. In another terminal, from the repository:

  export MCP_CONFIG=${file.config}
  npx mcp status hello
  npx mcp logs hello
  npx mcp stop hello && npx mcp start hello

Ctrl-C takes everything down again.`);
    if (!stop.aborted) await once(stop, 'abort');
  }

  say('\n$ mcp undeploy hello');
  await show(file, ['undeploy', 'hello']);
  say('\nLeft behind:');
  report(await findLeftovers(file));
} catch (error) {
  failures.push(messageWithCauses(error));
} finally {
  if (stack) {
    await stack.stop();
  }
  rmSync(dir, { recursive: true, force: true });
}
if (failures.length > 0) {
  process.stderr.write(`\ndemo failed:\n${failures.map((failure) => `  ${failure}`).join('\n')}\n`);
  process.exitCode = 1;
} else say('\nThe demo is done: everything worked and nothing is left.');

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function report(proofs: readonly Proof[]): void {
  say(proofTable(proofs));
  for (const { what, how, seen, ok } of proofs) if (!ok) failures.push(`${what} (${how}): ${seen}`);
}

/** Runs `mcp` on this terminal. */
async function show(file: StackFile, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [bundlePath('mcp'), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MCP_CONFIG: file.config },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`mcp ${args.join(' ')} ended with exit code ${code}`);
}
