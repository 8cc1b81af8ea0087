import type { AccessMap } from '@mcp/daemon/access';
import type { AgentServiceDefinition } from '@mcp/proto/agent';

/** The agent takes any authenticated caller but a guest. */
export const access: AccessMap<typeof AgentServiceDefinition> = {
  deploy: 'caller',
  rollback: 'caller',
  cancel: 'caller',
  plan: 'caller',
  stop: 'caller',
  start: 'caller',
  restart: 'caller',
  undeploy: 'caller',
  purge: 'caller',
  listUndeployed: 'caller',
  listGenerations: 'caller',
  listServices: 'caller',
  getService: 'caller',
  logs: 'caller',
  listOperations: 'caller',
  listEvents: 'caller',
  watchEvents: 'caller',
  getNode: 'caller',
};
