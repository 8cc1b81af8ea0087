import type { Config, Node } from './config.ts';
import { hasDefinition, requireSpec, serviceName } from './definitions.ts';
import { CommandError } from './exit.ts';
import { allNodes, askNodes, nodeNamed } from './nodes.ts';

/** A service and the node it is on. */
export interface Located {
  name: string;
  node: Node;
}

/**
 * Finds the node of a service: `nodeOption`, else its definition, else the only node there is,
 * else whichever node has it. Throws CommandError when none or several have it.
 */
export async function locateService(
  config: Config,
  service: string,
  nodeOption: string | undefined,
): Promise<Located> {
  const name = serviceName(service);
  if (nodeOption !== undefined) return { name, node: nodeNamed(config, nodeOption) };
  if (hasDefinition(config, service)) {
    const spec = requireSpec(config, service);
    return { name: spec.name, node: nodeNamed(config, spec.node, `definition of ${spec.name}`) };
  }
  const nodes = allNodes(config);
  if (nodes.length === 1) return { name, node: nodes[0]! };
  return { name, node: await askWhichHas(config, nodes, name) };
}

async function askWhichHas(config: Config, nodes: readonly Node[], name: string): Promise<Node> {
  const answers = await askNodes(config, nodes, {
    doing: 'list services',
    ask: (agent, options) => agent.client.listServices({}, options),
  });
  const having = answers.flatMap((answer) =>
    'value' in answer && answer.value.services.some((each) => each.name === name) ? [answer.node] : [],
  );
  if (having.length === 1) return having[0]!;
  if (having.length > 1) {
    const names = having.map((node) => node.name).join(' and ');
    throw new CommandError(
      'usage',
      'usage',
      `${name} has no definition and is on ${names}: say which with --node`,
    );
  }
  const silent = answers.flatMap((answer) => ('error' in answer ? [answer] : []));
  if (silent.length > 0) {
    const reasons = silent.map(({ error }) => (error instanceof Error ? error.message : String(error)));
    throw new CommandError(
      'unreachable',
      'unavailable',
      `${name} has no definition and was not found, but not every node answered: ${reasons.join('; ')}`,
      { cause: silent[0]!.error },
    );
  }
  const asked = nodes.map((node) => node.name).join(', ');
  throw new CommandError(
    'failed',
    'not_found',
    `${name} has no definition and is on none of the nodes ${asked}: see mcp ps`,
  );
}
