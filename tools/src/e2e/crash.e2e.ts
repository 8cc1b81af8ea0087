import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProgramName } from '../stack/layout.ts';
import { stackPrograms } from '../stack/layout.ts';
import { proveHello } from '../demo/proofs.ts';
import { currentStack, defineHello, forgetHello, run, succeed } from './hello.ts';

const BACK_WITHIN_MS = 15_000;

beforeAll(async () => {
  await forgetHello();
  defineHello();
  await succeed('deploy', 'hello');
});
afterAll(forgetHello);

async function settled(): Promise<unknown[]> {
  const problems = (await proveHello(currentStack())).filter(({ ok }) => !ok);
  const { code, stdout } = await run('status', 'hello', '--json');
  if (code !== 0) return [...problems, stdout];
  const status = JSON.parse(stdout) as { problems?: unknown[] };
  return [...problems, ...(status.problems ?? [])];
}

describe('killing a process with SIGKILL leaves everything as it was', () => {
  test.each(stackPrograms.map(({ name }) => name))('%s', async (name: ProgramName) => {
    const leases = await succeed('call', 'portd', 'ListLeases', '{}');
    const { pid } = currentStack().processes[name];
    process.kill(pid!, 'SIGKILL');
    await expect.poll(() => currentStack().processes[name].pid, { timeout: BACK_WITHIN_MS }).not.toBe(pid);
    await expect.poll(settled, { timeout: BACK_WITHIN_MS, interval: 250 }).toEqual([]);
    expect(await succeed('call', 'portd', 'ListLeases', '{}')).toBe(leases);
  });

  test('the data plane', async () => {
    const version = () => run('call', 'mc-proxy', 'GetStatus', '{}');
    const before = (await version()).stdout;
    process.kill(pidOf('haproxy', `${currentStack().dir}/haproxy`), 'SIGKILL');
    await expect.poll(async () => (await version()).stdout, { timeout: BACK_WITHIN_MS }).not.toBe(before);
    await expect.poll(settled, { timeout: BACK_WITHIN_MS, interval: 250 }).toEqual([]);
  });

  test('the API service of the container engine', async ({ skip }) => {
    const socket = currentStack().containers.replace('unix://', '');
    if (!socket.startsWith(currentStack().dir)) skip('the engine is not the stack’s own');
    const pid = pidOf('podman', socket);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => pidOf('podman', socket), { timeout: BACK_WITHIN_MS }).not.toBe(pid);
    await expect.poll(settled, { timeout: BACK_WITHIN_MS, interval: 250 }).toEqual([]);
  });

  test('the agent in the middle of a deploy: the service ends wholly old', async () => {
    const deploying = run('deploy', 'hello', '--version', 'v1.1.0');
    await expect
      .poll(async () => (await run('call', 'agent', 'ListOperations', '{"limit":1}')).stdout, {
        timeout: 10_000,
        interval: 20,
      })
      .toContain('RUNNING');
    process.kill(currentStack().processes.agent.pid!, 'SIGKILL');
    expect((await deploying).code).not.toBe(0);
    await expect.poll(settled, { timeout: BACK_WITHIN_MS, interval: 250 }).toEqual([]);
    const rows = JSON.parse(await succeed('ps', '--json')) as { version: string }[];
    expect(new Set(rows.map(({ version }) => version)).size).toBe(1);
  });
});

/** The process whose command line has all of these words. */
function pidOf(...words: string[]): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (words.every((word) => command.includes(word))) return Number(entry);
    } catch {
      // The process ended while the list was read.
    }
  }
  throw new Error(`no process runs with ${words.join(' and ')}`);
}
