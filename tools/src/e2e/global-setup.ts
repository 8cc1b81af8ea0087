import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundlePrograms } from '../bundle/bundle.ts';
import { buildImages } from '../images/build.ts';
import { helloImages } from '../images/hello.ts';
import { startStack } from '../stack/stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the stack.json of the stack that all e2e tests share. */
    stackFile: string;
  }
}

/** Starts one stack for all e2e tests and builds the example's images in two versions. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'mcp-e2e-'));
  await bundlePrograms();
  const stack = await startStack({ dir, signal: new AbortController().signal, report: () => undefined });
  const { containers } = stack.file();
  await buildImages(containers.replace('unix://', ''), helloImages('v1.0.0', 'v1.1.0'));
  project.provide('stackFile', stack.layout.stackFile);
  return async () => {
    await stack.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
