import type { OperationEvent, OperationStarted } from '@mcp/proto/agent';
import { CommandError } from './exit.ts';
import type { Agent } from './nodes.ts';

const ANSWER_TIMEOUT_MS = 10_000;

/** The agent cancels the operation. */
export interface AcceptedCancel {
  /** The operation's first event. */
  started: OperationStarted;
  /** All its events, from the first to the last. */
  events: AsyncGenerator<{ event?: OperationEvent | undefined }>;
  /** Stops listening; the agent goes on. */
  leave(): void;
}

/**
 * Asks the agent to cancel an operation. Throws CommandError: not_found when the agent does not
 * know it, failed_precondition when it has ended or can no longer be undone.
 */
export async function requestCancel(agent: Agent, operationId: string): Promise<AcceptedCancel> {
  const stop = new AbortController();
  const silent = setTimeout(() => stop.abort(), ANSWER_TIMEOUT_MS);
  const rest = agent.client.cancel({ operationId }, { signal: stop.signal })[Symbol.asyncIterator]();
  try {
    const first = await rest.next();
    const event = first.done === true ? undefined : first.value.event?.event;
    if (event?.$case !== 'started') throw unansweredError(agent, operationId, 'ended the stream');
    return { started: event.value, events: chain(first.value, rest), leave: () => stop.abort() };
  } catch (error) {
    if (stop.signal.aborted)
      throw unansweredError(agent, operationId, `did not answer within ${ANSWER_TIMEOUT_MS / 1000} s`);
    throw agent.explain(error, `cancel operation ${operationId}`);
  } finally {
    clearTimeout(silent);
  }
}

async function* chain<Value>(first: Value, rest: AsyncIterator<Value>): AsyncGenerator<Value> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function unansweredError({ node }: Agent, operationId: string, what: string): CommandError {
  return new CommandError(
    'unreachable',
    'deadline_exceeded',
    `node ${node.name}: agent at ${node.address} ${what}; whether operation ${operationId} is cancelled is not known: mcp history`,
    { details: { node: node.name, operationId } },
  );
}
