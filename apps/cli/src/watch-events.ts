import type { Event } from '@mcp/proto/agent';
import type { Config, Node } from './config.ts';
import { CommandError } from './exit.ts';
import type { HistoryEntry } from './history.ts';
import { openAgent, type Agent } from './nodes.ts';

/** Events of several nodes as they come. Close it, or the process does not end. */
export interface EventWatch {
  /**
   * Passes on what came since the watch began, and goes on until the signal is aborted or no
   * node is left. `fail` hears why a node's events ended.
   */
  passOn(take: (entry: HistoryEntry) => void, fail: (node: string, error: unknown) => void): Promise<void>;
  close(): void;
}

/** Begins to watch the events of a service, or of all when it is empty. */
export function watchEvents(
  config: Config,
  nodes: readonly Node[],
  { service, signal }: { service: string; signal: AbortSignal },
): EventWatch {
  const early: HistoryEntry[] = [];
  let take = (entry: HistoryEntry): void => void early.push(entry);
  const agents = nodes.map((node) => openAgent(config, node));
  const ends = agents.map(async (agent) => {
    const node = agent.node.name;
    const request = { service, signal, take: (event: Event): void => take({ node, event }) };
    return { node, error: await readEvents(agent, request) };
  });
  return {
    async passOn(next, fail) {
      take = next;
      for (const entry of early) next(entry);
      await Promise.all(
        ends.map(async (end) => {
          const { node, error } = await end;
          if (error !== undefined) fail(node, error);
        }),
      );
    },
    close: () => agents.forEach((agent) => agent.close()),
  };
}

/** Returns why the events ended, undefined when the signal was aborted. */
async function readEvents(
  agent: Agent,
  { service, signal, take }: { service: string; signal: AbortSignal; take: (event: Event) => void },
): Promise<unknown> {
  try {
    for await (const { event } of agent.client.watchEvents({ service }, { signal })) if (event) take(event);
    const { name } = agent.node;
    return new CommandError('unreachable', 'unavailable', `node ${name}: the agent ended the events`, {
      details: { node: name },
    });
  } catch (error) {
    return signal.aborted ? undefined : agent.explain(error, 'watch events');
  }
}
