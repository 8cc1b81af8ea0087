import { Generation } from '@mcp/proto/agent';
import { readConfig, type Config } from '../config.ts';
import { CommandError } from '../exit.ts';
import { generationLines } from '../generation-view.ts';
import type { OperationVerbOptions } from '../global-options.ts';
import { askNode } from '../nodes.ts';
import { paint, printJson, printLines } from '../output.ts';
import { runOperation } from '../run-operation.ts';
import { locateService, type Located } from '../service-node.ts';

const HIGHEST = 2n ** 64n - 1n;

export interface RollbackOptions extends OperationVerbOptions {
  /** Print the generations there are, change nothing. */
  list?: boolean;
}

/** Deploys `generation` of the service again, or the newest that asks for something else than the current. */
export async function rollback(
  service: string,
  generation: string | undefined,
  options: RollbackOptions,
): Promise<void> {
  const number = generation === undefined ? 0n : parseGeneration(generation, service);
  const config = readConfig(options.config);
  const located = await locateService(config, service, options.node);
  if (options.list === true) return list(config, located, options);
  const { name, node } = located;
  const target = generation === undefined ? '' : `to generation ${number}`;
  await runOperation(
    { config, node, subject: { verb: 'rollback', service: name, target, node: node.name } },
    (client, call) =>
      client.rollback({ service: name, generation: number, noWait: options.wait === false }, call),
    options,
  );
}

async function list(config: Config, { name, node }: Located, options: RollbackOptions): Promise<void> {
  const { generations } = await askNode(config, node, {
    doing: `list generations of ${name}`,
    ask: (agent, call) => agent.client.listGenerations({ service: name }, call),
  });
  if (options.json === true) printJson(generations.map(Generation.toJSON));
  else printLines(generationLines(generations, paint));
}

function parseGeneration(text: string, service: string): bigint {
  const number = /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
  if (number > 0n && number <= HIGHEST) return number;
  throw new CommandError(
    'usage',
    'usage',
    `generation "${text}": expected a whole number, at least 1; mcp rollback ${service} --list prints those there are`,
  );
}
