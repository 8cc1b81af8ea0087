import { ServiceError } from '@mcp/daemon/errors';
import { isSameSpec, type Generation } from './generation.ts';
import type { RecordedGeneration } from './store.ts';

/**
 * The generation that a rollback deploys: the one asked for, or, for 0, the newest that asks for something
 * else than the current one; so a second rollback takes the first one back. Throws not_found, naming those
 * there are, and failed_precondition when there is none to go back to.
 */
export function rollbackTarget(
  current: Generation,
  recorded: readonly RecordedGeneration[],
  number: number,
): Generation {
  const generations = recorded.map(({ generation }) => generation);
  const { name } = current.spec;
  if (number === 0) {
    const earlier = generations.find(({ spec }) => !isSameSpec(spec, current.spec));
    if (earlier) return earlier;
    throw new ServiceError(
      'failed_precondition',
      `${name} has no earlier generation to roll back to: generation ${current.number} is all that was ever asked of it`,
      { details: { resource: name } },
    );
  }
  const found = generations.find((generation) => generation.number === number);
  if (found) return found;
  const known = generations.map((generation) => generation.number).join(', ');
  throw new ServiceError('not_found', `${name} has no generation ${number}; recorded are ${known}`, {
    details: { resource: name },
  });
}
