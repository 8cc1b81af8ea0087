import type { Stance } from './cancel-dialog.ts';
import type { Node } from './config.ts';
import { CommandError } from './exit.ts';

/** An operation for messages: what it does, to what, where. */
export interface Named {
  verb: string;
  service: string;
  node: string;
}

/** The operator left before the end; the operation goes on at the agent, as it stood. */
export function interruptedError(
  { verb, service, node }: Named,
  { operationId, stance }: { operationId: string; stance: Stance },
): CommandError {
  const operation =
    operationId === '' ? `${verb} of ${service}, if it began,` : `${verb} ${operationId} of ${service}`;
  const goesOn =
    stance === 'cancelling'
      ? `the agent of ${node} goes on undoing ${operation}`
      : `${operation} goes on at the agent of ${node}`;
  const canCancel = operationId !== '' && (stance === 'watching' || stance === 'asked');
  const hint = canCancel ? `, cancel with: mcp cancel ${operationId}` : '';
  return new CommandError(
    'failed',
    'interrupted',
    `interrupted: ${goesOn}; look with: mcp status ${service}${hint}`,
    { details: { node, operationId } },
  );
}

/** The agent said nothing for so long that it is not waited for. */
export function silentError(
  { name, address }: Pick<Node, 'name' | 'address'>,
  { verb, service, waitedMs }: Pick<Named, 'verb' | 'service'> & { waitedMs: number },
): CommandError {
  return new CommandError(
    'unreachable',
    'deadline_exceeded',
    `node ${name}: agent at ${address} did not answer within ${waitedMs / 1000} s; ` +
      `if ${verb} began it goes on there: mcp status ${service}`,
    { details: { node: name } },
  );
}

/** The stream broke; how the operation ends is not known. */
export function lostError(
  { verb, service, node }: Named,
  operationId: string,
  { reason, cause }: { reason: string; cause?: unknown },
): CommandError {
  return new CommandError(
    'unreachable',
    'unavailable',
    `node ${node}: lost sight of ${verb} ${operationId} of ${service}: ${reason}\n` +
      `the agent finishes it or undoes it; look with: mcp status ${service}`,
    { cause, details: { node, operationId } },
  );
}
