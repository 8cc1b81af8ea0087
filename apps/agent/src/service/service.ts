import type { CallerContext } from '@mcp/daemon/access';
import type { AgentServiceImplementation } from '@mcp/proto/agent';
import type { EventLog } from '../events/event-log.ts';
import type { Operations } from '../operations/operations.ts';
import { createOperationCalls } from './operation-calls.ts';
import { createPastCalls } from './past-calls.ts';
import { createRequests } from './requests.ts';
import { createViewCalls, type ViewParts } from './view-calls.ts';

export type AgentParts = Omit<ViewParts, 'requests'> & { operations: Operations; events: EventLog };

/** mcp.agent.v1.AgentService. */
export function createAgentService(agent: AgentParts): AgentServiceImplementation<CallerContext> {
  const requests = createRequests(agent);
  return {
    ...createOperationCalls({ ...agent, requests }),
    ...createPastCalls({ ...agent, dataDir: agent.config.containers.data_dir, requests }),
    ...createViewCalls({ ...agent, requests }),
  };
}
