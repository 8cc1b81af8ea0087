import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImages } from '../images/build.ts';
import { trafficImages } from '../images/traffic.ts';
import { BROKEN_VERSION, versions } from '../faults/definitions.ts';
import { discardStack } from '../stack/discard.ts';
import { startStack, type Stack } from '../stack/stack.ts';

/** A stack of a test file's own, and what takes it down with all its containers. */
export interface OwnStack {
  stack: Stack;
  discard(): Promise<void>;
}

/** Starts a stack for tests that leave nothing alone, with the images that the faults run deploys. */
export async function startOwnStack(): Promise<OwnStack> {
  const dir = mkdtempSync(join(tmpdir(), 'mcp-own-'));
  const stack = await startStack({ dir, signal: new AbortController().signal, report: () => undefined });
  const discard = async () => {
    await discardStack(stack);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await buildTrafficImages(stack);
  } catch (error) {
    await discard();
    throw error;
  }
  return { stack, discard };
}

async function buildTrafficImages(stack: Stack): Promise<void> {
  const { containers } = stack.file();
  await buildImages(containers.replace('unix://', ''), trafficImages(...versions, BROKEN_VERSION));
}
