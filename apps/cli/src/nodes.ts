import { openChannel } from '@mcp/daemon/client';
import { AgentServiceDefinition } from '@mcp/proto/agent';
import { explainAgentError } from './agent-error.ts';
import type { Config, Node } from './config.ts';
import { CommandError, exitCodeOfAnswers, type ExitCode } from './exit.ts';

const QUERY_DEADLINE_MS = 5000;

/** The agent of one node. Close it, or the process does not end. */
export interface Agent {
  node: Node;
  client: ReturnType<typeof openAgentClient>['client'];
  /** What a rejected RPC means to the operator, see explainAgentError. */
  explain(error: unknown, doing: string): unknown;
  close(): void;
}

function openAgentClient(config: Config, node: Node) {
  const channel = openChannel({
    address: node.address,
    ca_cert: node.ca_cert,
    token_path: config.auth.token_path,
  });
  return { client: channel.client(AgentServiceDefinition), close: () => channel.close() };
}

/** Opens the agent of a node; nothing connects before the first call. */
export function openAgent(config: Config, node: Node): Agent {
  const { client, close } = explained(() => openAgentClient(config, node), node);
  return {
    node,
    client,
    explain: (error, doing) => explainAgentError(error, { node: node.name, address: node.address, doing }),
    close,
  };
}

function explained<Result>(open: () => Result, node: Node): Result {
  try {
    return open();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('usage', 'usage', `node ${node.name}: ${reason}; check its ca_cert in mcp.toml`, {
      cause,
    });
  }
}

/** The node of that name. Throws CommandError (usage) naming the known ones. */
export function nodeNamed(config: Config, name: string, where = '--node'): Node {
  const node = config.nodes.find((each) => each.name === name);
  if (node) return node;
  const known = config.nodes.map((each) => each.name).join(', ') || 'none';
  throw new CommandError('usage', 'usage', `${where}: unknown node "${name}"; ${config.file} has ${known}`);
}

/** The nodes to ask when nothing says which: all of them. Throws CommandError (config) when there are none. */
export function allNodes(config: Config): readonly Node[] {
  if (config.nodes.length > 0) return config.nodes;
  throw new CommandError(
    'usage',
    'config',
    `${config.file}: has no [[nodes]]: add one with name and address`,
  );
}

/** What one node answered. */
export type Answer<Value> = { node: Node; value: Value } | { node: Node; error: unknown };

/** Asks nodes at the same time, each with a deadline of 5 s. Never rejects. */
export function askNodes<Value>(
  config: Config,
  nodes: readonly Node[],
  question: { doing: string; ask: (agent: Agent, options: { deadline: number }) => Promise<Value> },
): Promise<Answer<Value>[]> {
  return Promise.all(
    nodes.map(async (node): Promise<Answer<Value>> => {
      try {
        return { node, value: await askNode(config, node, question) };
      } catch (error) {
        return { node, error };
      }
    }),
  );
}

/** Asks one node, with a deadline of 5 s. */
export async function askNode<Value>(
  config: Config,
  node: Node,
  { doing, ask }: { doing: string; ask: (agent: Agent, options: { deadline: number }) => Promise<Value> },
): Promise<Value> {
  const agent = openAgent(config, node);
  try {
    return await ask(agent, { deadline: QUERY_DEADLINE_MS });
  } catch (error) {
    throw agent.explain(error, doing);
  } finally {
    agent.close();
  }
}

/** Separates what was answered from what was not. */
export function sortAnswers<Value>(answers: readonly Answer<Value>[]): {
  values: Value[];
  errors: unknown[];
  exitCode: ExitCode;
} {
  const values = answers.flatMap((answer) => ('value' in answer ? [answer.value] : []));
  const errors = answers.flatMap((answer) => ('error' in answer ? [answer.error] : []));
  return { values, errors, exitCode: exitCodeOfAnswers(answers.length, errors.length) };
}
