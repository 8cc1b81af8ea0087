import type { UndeployedService } from '@mcp/proto/agent';
import type { Config, Node } from './config.ts';
import { CommandError } from './exit.ts';
import { allNodes, askNodes, nodeNamed, sortAnswers, type Answer } from './nodes.ts';

/** A service that is gone, and the node that still remembers it. */
export interface Undeployed {
  node: Node;
  service: UndeployedService;
}

/** Asks nodes, all or one, what was undeployed there and is not purged. */
export async function listUndeployed(
  config: Config,
  nodeOption: string | undefined,
): Promise<{ found: Undeployed[]; answers: readonly Answer<unknown>[] }> {
  const nodes = nodeOption === undefined ? allNodes(config) : [nodeNamed(config, nodeOption)];
  const answers = await askNodes(config, nodes, {
    doing: 'list undeployed services',
    ask: (agent, call) => agent.client.listUndeployed({}, call),
  });
  const found = answers.flatMap((answer) =>
    'value' in answer ? answer.value.services.map((service) => ({ node: answer.node, service })) : [],
  );
  return { found, answers };
}

/** The one node that remembers the service. Throws CommandError when none does, or several do. */
export async function locateUndeployed(
  config: Config,
  name: string,
  nodeOption: string | undefined,
): Promise<Undeployed> {
  const { found, answers } = await listUndeployed(config, nodeOption);
  const having = found.filter(({ service }) => service.name === name);
  if (having.length > 1) {
    const nodes = having.map(({ node }) => node.name).join(' and ');
    throw new CommandError('usage', 'usage', `${name} was undeployed on ${nodes}: say which with --node`);
  }
  return having[0] ?? explainAbsence(config, name, answers);
}

async function explainAbsence(
  config: Config,
  name: string,
  answers: readonly Answer<unknown>[],
): Promise<never> {
  const { errors } = sortAnswers(answers);
  if (answers.length === 1 && errors.length === 1) throw errors[0];
  if (errors.length > 0) {
    const reasons = errors.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new CommandError(
      'unreachable',
      'unavailable',
      `no undeployed ${name} was found, but not every node answered: ${reasons.join('; ')}`,
      { cause: errors[0] },
    );
  }
  const nodes = answers.map(({ node }) => node);
  const running = await askNodes(config, nodes, {
    doing: 'list services',
    ask: (agent, call) => agent.client.listServices({}, call),
  });
  const node = running.find(
    (answer) => 'value' in answer && answer.value.services.some((service) => service.name === name),
  )?.node;
  if (node) {
    throw new CommandError(
      'failed',
      'failed_precondition',
      `node ${node.name}: ${name} is still deployed: mcp undeploy ${name} first`,
    );
  }
  throw new CommandError(
    'failed',
    'not_found',
    `nothing is known of ${name} on ${nodes.map((each) => each.name).join(', ')}: mcp purge lists what can be purged`,
  );
}
