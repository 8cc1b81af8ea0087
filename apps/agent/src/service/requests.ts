import { ServiceError } from '@mcp/daemon/errors';
import type { ServiceSpec } from '@mcp/proto/agent';
import { problemsOfSpec } from '@mcp/servicedef/check-spec';
import { withNodeDefaults } from '@mcp/servicedef/node-defaults';
import type { AgentConfig } from '../config.ts';
import type { RegisteredService, Store } from '../store.ts';

/** What requests must be before anything is done with them. */
export function createRequests({
  config: { node, containers: defaults },
  store,
}: {
  config: AgentConfig;
  store: Store;
}) {
  /** The service of the registry. Throws not_found. */
  function requireService(service: string): RegisteredService {
    const found = store.find(service);
    if (found) return found;
    throw new ServiceError('not_found', `service ${service} is not on node ${node.name}: see mcp ps`, {
      details: { resource: service },
    });
  }

  return {
    requireService,

    /** Throws failed_precondition while the service is deployed, not_found when it never was. */
    requireUndeployed(service: string): void {
      if (store.find(service)) {
        throw new ServiceError(
          'failed_precondition',
          `${service} is still deployed on node ${node.name}: undeploy it first, with mcp undeploy ${service}`,
          { details: { resource: service } },
        );
      }
      if (store.generations(service).length === 0) requireService(service);
    },

    /** The spec with this node's defaults. Throws invalid_argument or failed_precondition. */
    acceptSpec(spec: ServiceSpec | undefined): ServiceSpec {
      if (!spec || spec.name === '' || spec.components.length === 0) {
        throw new ServiceError('invalid_argument', 'spec needs a name and at least one component', {
          details: { field: 'spec' },
        });
      }
      if (spec.node !== node.name) {
        throw new ServiceError(
          'failed_precondition',
          `${spec.name} belongs to node ${spec.node}, this is ${node.name}`,
          { details: { field: 'spec.node' } },
        );
      }
      const problems = problemsOfSpec(spec);
      if (problems.length > 0) {
        throw new ServiceError('invalid_argument', `spec of ${spec.name}: ${problems.join('; ')}`, {
          details: { field: 'spec' },
        });
      }
      return withNodeDefaults(spec, {
        serviceDomain: node.service_domain,
        network: defaults.network,
        user: defaults.user,
        restart: defaults.restart,
        dataDir: defaults.data_dir,
      });
    },
  };
}

export type Requests = ReturnType<typeof createRequests>;
