import { poll } from '@mcp/daemon/wait';
import { audit } from '../audit/audit.ts';
import type { Door } from '../audit/door.ts';
import { readRegistry } from '../audit/registry.ts';
import type { Violation } from '../audit/violation.ts';
import { layoutOf } from '../stack/layout.ts';
import type { StackFile } from '../stack/stack.ts';
import type { Model } from './model.ts';

/** Longer than the daemons take to compare with the outside again by themselves, twice. */
export const SETTLE_TIMEOUT_MS = 90_000;
const LOOK_EVERY_MS = 500;

/** What was wrong at the end, and how long it took until nothing was. */
export interface Settled {
  violations: Violation[];
  durationMs: number;
}

/**
 * Looks at everything until nothing is wrong, at most for `timeoutMs`: a process that was killed a moment ago is
 * given the time to come back and put its part right.
 */
export async function settle(
  file: () => StackFile,
  {
    doors,
    model,
    timeoutMs = SETTLE_TIMEOUT_MS,
  }: { doors: readonly Door[]; model?: Model; timeoutMs?: number },
): Promise<Settled> {
  const startedAt = performance.now();
  let violations: Violation[] = [];
  await poll(
    async () => {
      violations = [...(await audit(file(), doors)), ...(model?.compare(registered(file())) ?? [])];
      return violations.length === 0 ? true : undefined;
    },
    { everyMs: LOOK_EVERY_MS, timeoutMs, signal: new AbortController().signal },
  );
  return { violations, durationMs: performance.now() - startedAt };
}

function registered({ dir }: StackFile) {
  return readRegistry(layoutOf(dir).database('agent')).services;
}
