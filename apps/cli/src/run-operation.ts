import type { OperationEvent, OperationFinished } from '@mcp/proto/agent';
import type { Config, Node } from './config.ts';
import { CommandError } from './exit.ts';
import { interruptSignal } from './interrupt.ts';
import { openAgent, type Agent } from './nodes.ts';
import { createOperationPrinter } from './operation-printer.ts';
import { outcomeOf, type Subject } from './operation-view.ts';
import { isLive, paint, printLines } from './output.ts';

const FIRST_EVENT_TIMEOUT_MS = 10_000;

export interface OperationOptions {
  json?: boolean | undefined;
}

/** Begins an operation at the agent. */
export type Begin = (
  client: Agent['client'],
  options: { signal: AbortSignal },
) => AsyncIterable<{ event?: OperationEvent | undefined }>;

/**
 * Runs an operation at the agent of `node` and shows its events. Throws CommandError when it
 * fails, when the agent cannot be reached, and when the operator leaves before its end: then
 * it goes on at the agent.
 */
export async function runOperation(
  { config, node, subject }: { config: Config; node: Node; subject: Subject },
  begin: Begin,
  { json = false }: OperationOptions,
): Promise<void> {
  const agent = openAgent(config, node);
  try {
    const finished = await follow(agent, subject, begin, json);
    conclude(finished, subject, json);
  } finally {
    agent.close();
  }
}

async function follow(
  agent: Agent,
  subject: Subject,
  begin: Begin,
  json: boolean,
): Promise<OperationFinished> {
  const interrupted = interruptSignal();
  const silence = new AbortController();
  const silent = setTimeout(() => silence.abort(), FIRST_EVENT_TIMEOUT_MS);
  const printer = createOperationPrinter(subject, json);
  let operationId = '';
  try {
    const events = begin(agent.client, { signal: AbortSignal.any([interrupted, silence.signal]) });
    for await (const { event } of events) {
      clearTimeout(silent);
      if (event?.event?.$case === 'started') operationId = event.event.value.operationId;
      if (event) printer.event(event);
      if (event?.event?.$case === 'finished') return event.event.value;
    }
    throw lostError(subject, operationId, 'the agent ended the stream');
  } catch (error) {
    if (interrupted.aborted) throw interruptedError(subject, operationId);
    if (silence.signal.aborted) throw silentError(agent, subject);
    const explained = agent.explain(error, `${subject.verb} ${subject.service}`);
    if (operationId === '' || explained === error) throw explained;
    throw lostError(subject, operationId, explained instanceof Error ? explained.message : '', error);
  } finally {
    clearTimeout(silent);
    printer.end();
  }
}

function conclude(finished: OperationFinished, subject: Subject, json: boolean): void {
  const outcome = outcomeOf(finished, subject);
  if (!outcome.ok) {
    const { verb, service, node } = subject;
    throw new CommandError('failed', 'operation_failed', failureText(finished, subject, outcome.text), {
      details: { verb, service, node, cause: finished.error },
    });
  }
  if (!json) printLines([paint('bold', outcome.text)]);
}

function failureText(finished: OperationFinished, { verb, service }: Subject, outcome: string): string {
  // On a terminal the cause stands a few lines above, under its step.
  const cause = isLive() || finished.error === '' ? '' : `: ${finished.error.trimEnd()}`;
  return `${verb} ${service} failed${cause}\n${outcome}`;
}

function interruptedError({ verb, service, node }: Subject, operationId: string): CommandError {
  const what =
    operationId === '' ? `${verb} of ${service}, if it began,` : `${verb} ${operationId} of ${service}`;
  return new CommandError(
    'failed',
    'interrupted',
    `interrupted: ${what} goes on at the agent of ${node}; look with: mcp status ${service}`,
    { details: { node, operationId } },
  );
}

function silentError({ node }: Agent, { verb, service }: Subject): CommandError {
  return new CommandError(
    'unreachable',
    'deadline_exceeded',
    `node ${node.name}: agent at ${node.address} did not answer within ${FIRST_EVENT_TIMEOUT_MS / 1000} s; ` +
      `if ${verb} began it goes on there: mcp status ${service}`,
    { details: { node: node.name } },
  );
}

function lostError(
  { verb, service, node }: Subject,
  operationId: string,
  reason: string,
  cause?: unknown,
): CommandError {
  return new CommandError(
    'unreachable',
    'unavailable',
    `node ${node}: lost sight of ${verb} ${operationId} of ${service}: ${reason}\n` +
      `the agent finishes it or undoes it; look with: mcp status ${service}`,
    { cause, details: { node, operationId } },
  );
}
