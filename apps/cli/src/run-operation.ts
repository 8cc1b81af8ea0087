import { OperationState } from '@mcp/proto/agent';
import type { Config, Node } from './config.ts';
import { CommandError } from './exit.ts';
import { followOperation, type Begin, type Followed } from './follow-operation.ts';
import { openAgent } from './nodes.ts';
import { createOperationPrinter } from './operation-printer.ts';
import { outcomeOf, titleLine, type Subject } from './operation-view.ts';
import { isInteractive, isLive, paint, printLines } from './output.ts';

export interface OperationOptions {
  json?: boolean | undefined;
}

/**
 * Runs an operation at the agent of `node` and shows its events. On a terminal Ctrl-C asks
 * whether to roll it back. Throws CommandError when it fails, when the agent cannot be
 * reached, and when the operator leaves before its end: then it goes on at the agent.
 */
export async function runOperation(
  { config, node, subject }: { config: Config; node: Node; subject: Subject },
  begin: Begin,
  { json = false }: OperationOptions,
): Promise<void> {
  const agent = openAgent(config, node);
  try {
    const printer = createOperationPrinter(titleLine(subject), json);
    const asks = !json && isInteractive();
    const followed = await followOperation(agent, { subject, printer, stance: 'watching', asks }, begin);
    conclude(followed, subject, json);
  } finally {
    agent.close();
  }
}

function conclude({ finished, isCancelled }: Followed, subject: Subject, json: boolean): void {
  const outcome = outcomeOf(finished, subject);
  if (outcome.ok) {
    if (!json) printLines([paint('bold', outcome.text)]);
    return;
  }
  const { verb, service, node } = subject;
  const wasUndone = isCancelled && finished.state === OperationState.ROLLED_BACK;
  // On a terminal the cause stands a few lines above, under its step.
  const cause = isLive() || finished.error === '' ? '' : `: ${finished.error.trimEnd()}`;
  const failure = wasUndone ? `${verb} ${service} cancelled` : `${verb} ${service} failed${cause}`;
  throw new CommandError('failed', 'operation_failed', `${failure}\n${outcome.text}`, {
    details: { verb, service, node, cause: finished.error },
  });
}
