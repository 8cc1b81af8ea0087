import { CommandError } from './exit.ts';
import type { Agent } from './nodes.ts';
import { requestCancel, type AcceptedCancel } from './request-cancel.ts';

/** The operation is cancelled by this agent. */
export type FoundOperation = AcceptedCancel & { agent: Agent };

/**
 * Has an operation cancelled by whichever agent knows it, without waiting for the others.
 * Throws CommandError: what the one that knows it says, or that none does.
 */
export async function findOperation(agents: readonly Agent[], operationId: string): Promise<FoundOperation> {
  const errors = new Map<Agent, unknown>();
  const attempts = agents.map(async (agent): Promise<{ found: FoundOperation } | { refusal: unknown }> => {
    try {
      return { found: { ...(await requestCancel(agent, operationId)), agent } };
    } catch (error) {
      if (codeOf(error) === 'failed_precondition') return { refusal: error };
      errors.set(agent, error);
      throw error;
    }
  });
  const answer = await Promise.any(attempts).catch(() => undefined);
  if (answer === undefined) throw notFoundError([...errors], operationId);
  if ('refusal' in answer) throw answer.refusal;
  return answer.found;
}

function notFoundError(errors: readonly (readonly [Agent, unknown])[], operationId: string): unknown {
  const [only] = errors;
  if (only && errors.length === 1) return only[1];
  const silent = errors.flatMap(([, error]) => (codeOf(error) === 'not_found' ? [] : [error]));
  if (silent.length > 0) {
    const reasons = silent.map((error) => (error instanceof Error ? error.message : String(error)));
    return new CommandError(
      'unreachable',
      'unavailable',
      `operation ${operationId} was not found, but not every node answered: ${reasons.join('; ')}`,
      { cause: silent[0] },
    );
  }
  const asked = errors.map(([{ node }]) => node.name).join(', ');
  return new CommandError(
    'failed',
    'not_found',
    `operation ${operationId} is on none of the nodes ${asked}: see mcp history`,
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof CommandError ? error.code : undefined;
}
