import type { OperationEvent, OperationFinished } from '@mcp/proto/agent';
import { choicesLine, questionLine, turnOfKey, type Stance, type Turn } from './cancel-dialog.ts';
import { CommandError } from './exit.ts';
import { onInterruption, type Interruptible } from './interruption.ts';
import type { Agent } from './nodes.ts';
import { interruptedError, lostError, silentError, type Named } from './operation-errors.ts';
import type { OperationPrinter } from './operation-printer.ts';
import { readKey } from './read-key.ts';
import { requestCancel } from './request-cancel.ts';

const FIRST_EVENT_TIMEOUT_MS = 10_000;

/** Begins an operation at the agent, or begins to listen to one. */
export type Begin = (
  client: Agent['client'],
  options: { signal: AbortSignal },
) => AsyncIterable<{ event?: OperationEvent | undefined }>;

/** How an operation ended, and whether the operator had it cancelled meanwhile. */
export interface Followed {
  finished: OperationFinished;
  isCancelled: boolean;
}

export interface FollowOptions {
  subject: Named;
  printer: OperationPrinter;
  /** How the operator stands to it at first. */
  stance: Stance;
  /** True when Ctrl-C may ask at the terminal. */
  asks: boolean;
}

/**
 * Shows an operation to its end. Throws CommandError when the agent cannot be reached, when
 * the stream breaks, and when the operator leaves: then it goes on at the agent.
 */
export async function followOperation(
  agent: Agent,
  { subject, printer, stance, asks }: FollowOptions,
  begin: Begin,
): Promise<Followed> {
  const left = new AbortController();
  const silence = new AbortController();
  const silent = setTimeout(() => silence.abort(), FIRST_EVENT_TIMEOUT_MS);
  let operationId = '';
  const interruption = onInterruption(
    {
      canAsk: () => asks && operationId !== '',
      ask: (signal) => ask({ printer, signal, question: questionLine({ ...subject, operationId }) }),
      cancel: (signal) => cancel(agent, { printer, signal, operationId }),
      leave: () => left.abort(),
    },
    stance,
  );
  try {
    const signal = AbortSignal.any([left.signal, silence.signal]);
    for await (const { event } of begin(agent.client, { signal })) {
      clearTimeout(silent);
      if (event?.event?.$case === 'started') operationId = event.event.value.operationId;
      if (event) printer.event(event);
      if (event?.event?.$case === 'finished') {
        return { finished: event.event.value, isCancelled: interruption.stance === 'cancelling' };
      }
    }
    throw lostError(subject, operationId, { reason: 'the agent ended the stream' });
  } catch (error) {
    if (left.signal.aborted) {
      throw interruptedError(subject, { operationId, stance: interruption.stance });
    }
    if (silence.signal.aborted) {
      throw silentError(agent.node, { ...subject, waitedMs: FIRST_EVENT_TIMEOUT_MS });
    }
    const explained = agent.explain(error, `${subject.verb} ${subject.service}`);
    if (operationId === '' || explained === error) throw explained;
    const reason = explained instanceof Error ? explained.message : '';
    throw lostError(subject, operationId, { reason, cause: error });
  } finally {
    clearTimeout(silent);
    interruption.end();
    printer.end();
  }
}

async function ask({
  printer,
  question,
  signal,
}: {
  printer: OperationPrinter;
  question: string;
  signal: AbortSignal;
}): Promise<Turn | undefined> {
  // Reads before it asks: what is typed at once is not echoed into the question.
  const answer = readKey(process.stdin, turnOfKey, signal);
  printer.ask(question, choicesLine(process.stdout.columns || 80));
  const turn = await answer;
  if (signal.aborted) return undefined;
  printer.answered();
  if (turn === 'continue') printer.say('watching on');
  // A terminal that is gone answers nothing more.
  return turn ?? 'leave';
}

async function cancel(
  agent: Agent,
  { printer, operationId, signal }: { printer: OperationPrinter; operationId: string; signal: AbortSignal },
): ReturnType<Interruptible['cancel']> {
  printer.say('rolling back');
  try {
    const accepted = await requestCancel(agent, operationId);
    accepted.leave();
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    const known = error instanceof CommandError ? error : undefined;
    const isRefused = known?.code === 'failed_precondition' || known?.code === 'not_found';
    const next = isRefused ? 'watching on, Ctrl-C leaves it to the agent' : 'watching on';
    printer.say(`${error instanceof Error ? error.message : String(error)}\n${next}`);
    return isRefused ? 'refused' : 'not reached';
  }
}
