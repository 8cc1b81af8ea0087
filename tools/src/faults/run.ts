import { openChannel } from '@mcp/daemon/client';
import { formatViolation, type Violation } from '../audit/violation.ts';
import type { StackFile } from '../stack/stack.ts';
import { doorsOf, serviceNames } from './definitions.ts';
import { killLater, possibleTargets, type DoneKill } from './kill.ts';
import { createModel, type Model } from './model.ts';
import { runOperation, type Ending } from './run-operation.ts';
import { planSchedule, type KillTarget, type PlannedOperation, type Round } from './schedule.ts';
import { untilAllAnswer } from './all-answer.ts';
import { settle, type Settled } from './settle.ts';

/** How long after a kill a failure may still come from it: until the process is back. */
const DISTURBED_FOR_MS = 15_000;

/** An operation of the schedule and what became of it. */
export interface DoneOperation {
  operation: PlannedOperation;
  kills: DoneKill[];
  ending: Ending;
}

export interface FaultsOptions {
  seed: number;
  operations: number;
  services: number;
  /** Undefined: everything that can be killed here. */
  targets: readonly KillTarget[] | undefined;
  /** Everything is checked after this many operations, and at the end. */
  checkEvery: number;
  signal: AbortSignal;
  /** Told of each operation when it has ended. */
  onOperation(done: DoneOperation): void;
  /** Told of each check: when it was, and what it found. */
  onCheck(when: string, settled: Settled): void;
}

export interface FaultsResult {
  done: DoneOperation[];
  checks: Settled[];
  violations: Violation[];
}

/** Runs the schedule of a seed against a stack, checks everything, and undeploys what is left. */
export async function runFaults(file: () => StackFile, options: FaultsOptions): Promise<FaultsResult> {
  const { checkEvery, onCheck, signal } = options;
  const names = serviceNames(options.services);
  const doors = doorsOf(names);
  const model = createModel(names);
  const targets = options.targets ?? possibleTargets(file());
  const result: FaultsResult = { done: [], checks: [], violations: [] };
  const channel = openChannel({ address: `unix:${file().processes.agent.socket}` });
  let lastKillAt = Number.NEGATIVE_INFINITY;
  let nextCheck = checkEvery;

  try {
    for (const round of planSchedule({ ...options, targets })) {
      await runRound(round);
      const last = round.operations.at(-1)!.number;
      if (signal.aborted) break;
      if (last < nextCheck && last < options.operations) continue;
      nextCheck = last + checkEvery;
      await check(`after operation ${last}`, model);
    }
    for (const service of names) {
      const { outcome, detail } = await runOperation(channel, { service, action: { kind: 'undeploy' } });
      if (outcome !== 'succeeded' && outcome !== 'up to date')
        result.violations.push({
          where: 'agent',
          what: `last undeploy of ${service}: ${outcome}: ${detail}`,
        });
    }
    await check('after the last undeploy', createModel(names));
    return result;
  } finally {
    channel.close();
  }

  async function runRound({ waits, operations }: Round): Promise<void> {
    if (waits) await untilAllAnswer(file);
    const beganAt = performance.now();
    const done = await Promise.all(
      operations.map(async (operation): Promise<DoneOperation> => {
        const kills = operation.kills.map((kill) => killLater(file, kill));
        const ending = await runOperation(channel, operation);
        return { operation, ending, kills: await Promise.all(kills) };
      }),
    );
    const killed = done.some(({ kills }) => kills.length > 0);
    if (killed) lastKillAt = performance.now();
    for (const each of done) {
      const disturbed = beganAt - lastKillAt < DISTURBED_FOR_MS;
      result.violations.push(...model.ended(each.operation, each.ending, disturbed));
      result.done.push(each);
      options.onOperation(each);
    }
  }

  async function check(when: string, expected: Model): Promise<void> {
    const settled = await settle(file, { doors, model: expected });
    result.checks.push(settled);
    const known = new Set(result.violations.map(formatViolation));
    result.violations.push(...settled.violations.filter((each) => !known.has(formatViolation(each))));
    onCheck(when, settled);
  }
}
