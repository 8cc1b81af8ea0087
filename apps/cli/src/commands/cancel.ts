import { readConfig } from '../config.ts';
import { CommandError } from '../exit.ts';
import { findOperation } from '../find-operation.ts';
import { followOperation } from '../follow-operation.ts';
import type { ServiceOptions } from '../global-options.ts';
import { allNodes, nodeNamed, openAgent } from '../nodes.ts';
import { createOperationPrinter } from '../operation-printer.ts';
import { cancelOutcomeOf } from '../operation-view.ts';
import { isLive, paint, printLines } from '../output.ts';
import { kindWord } from '../words.ts';

/** As agents make them. */
const OPERATION_ID = /^[0-9a-f]{12}$/;

/** Cancels an operation on whichever node runs it, and shows its events until it is undone. */
export async function cancel(operationId: string, options: ServiceOptions): Promise<void> {
  requireOperationId(operationId);
  const config = readConfig(options.config);
  const nodes = options.node === undefined ? allNodes(config) : [nodeNamed(config, options.node)];
  const agents = nodes.map((node) => openAgent(config, node));
  try {
    await cancelOn(agents, operationId, options);
  } finally {
    for (const agent of agents) agent.close();
  }
}

async function cancelOn(
  agents: readonly ReturnType<typeof openAgent>[],
  operationId: string,
  { json = false }: ServiceOptions,
): Promise<void> {
  const { agent, started, events, leave } = await findOperation(agents, operationId);
  const { service } = started;
  const verb = kindWord(started.kind);
  const operation = `${verb} ${operationId} of ${service}`;
  const node = agent.node.name;
  const printer = createOperationPrinter(`Cancelling ${operation} on ${node}`, json);
  const { finished } = await followOperation(
    agent,
    { subject: { verb, service, node }, printer, stance: 'cancelling', asks: false },
    (_client, { signal }) => {
      signal.addEventListener('abort', leave);
      return events;
    },
  );
  const outcome = cancelOutcomeOf(finished, { service, operation });
  if (!outcome.ok) {
    // On a terminal the cause stands a few lines above, under its step.
    const cause = isLive() || finished.error === '' ? '' : `: ${finished.error.trimEnd()}`;
    throw new CommandError(
      'failed',
      'operation_failed',
      `cancel ${operationId} failed${cause}\n${outcome.text}`,
      {
        details: { verb: 'cancel', service, node, cause: finished.error },
      },
    );
  }
  if (!json) printLines([paint('bold', outcome.text)]);
}

function requireOperationId(text: string): void {
  if (OPERATION_ID.test(text)) return;
  throw new CommandError(
    'usage',
    'usage',
    `operation "${text}": expected an id of 12 characters 0-9 and a-f, like 1a2b3c4d5e6f; mcp history prints them`,
  );
}
