import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { mcp } from '../demo/mcp.ts';
import { proveHello } from '../demo/proofs.ts';
import type { Finished } from '../demo/run.ts';
import { repository } from '../repository.ts';
import type { StackFile } from '../stack/stack.ts';

/** The stack as it is now: process ids change when a test kills one. */
export function currentStack(): StackFile {
  return JSON.parse(readFileSync(inject('stackFile'), 'utf8')) as StackFile;
}

/** Writes the example's definition, changed by `edit`, into the stack's services. */
export function defineHello(edit: (text: string) => string = (text) => text): void {
  const text = readFileSync(join(repository, 'examples', 'hello', 'hello.toml'), 'utf8');
  writeFileSync(join(currentStack().services, 'hello.toml'), edit(text));
}

/** Removes the service and what the example wrote, whatever state it is in. */
export async function forgetHello(): Promise<void> {
  await run('undeploy', 'hello');
  rmSync(join(currentStack().dir, 'srv', 'hello'), { recursive: true, force: true });
}

/** Runs `mcp` against the stack. */
export function run(...args: string[]): Promise<Finished> {
  return mcp(currentStack(), args);
}

/** Runs `mcp` and expects exit code 0; returns what it printed. */
export async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

/** Expects that the example answers from outside in every way. */
export async function expectReachable(): Promise<void> {
  const proofs = await proveHello(currentStack());
  expect(proofs.filter(({ ok }) => !ok)).toEqual([]);
}
