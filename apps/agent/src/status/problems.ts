import type { Problem } from '@mcp/proto/agent';
import type { JournalEntry } from '../operations/journal.ts';
import type { RegisteredService } from '../store.ts';
import { toProblem } from '../watch/finding.ts';
import { findingsOf, type KnowsOperation } from '../watch/findings.ts';
import type { Observed } from './observe.ts';

export interface ProblemContext {
  unfinished: readonly JournalEntry[];
  knowsOperation: KnowsOperation;
  /** False when the agent only reports. */
  reconcile: boolean;
}

/**
 * Compares what should be with what was observed. Empty when all is well. Foreign containers are not
 * among them: the service is as it should be beside one.
 */
export function findProblems(
  service: RegisteredService,
  observed: Observed,
  { unfinished, knowsOperation, reconcile }: ProblemContext,
): Problem[] {
  return [
    ...observed.unanswered,
    ...stuckOperations(unfinished),
    ...findingsOf(service, observed, knowsOperation)
      .filter(({ state }) => state !== 'foreign')
      .map((each) => toProblem(each, reconcile)),
  ];
}

function stuckOperations(unfinished: readonly JournalEntry[]): Problem[] {
  return unfinished
    .filter(({ stuck }) => stuck.length > 0)
    .map(({ id, kind, stuck, error }) => ({
      resource: 'operation',
      message: `${kind} ${id} is stuck at ${stuck.join(', ')}, it is tried again: ${error}`,
    }));
}
