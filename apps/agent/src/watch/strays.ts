import type { ObservedContainer } from '../containers/containers.ts';
import { unrecordedContainer } from './container-findings.ts';
import type { Finding } from './finding.ts';
import type { KnowsOperation } from './findings.ts';

/** What containers are that have the labels of a service that is not in the registry. */
export function strayFindings(
  containers: readonly Pick<ObservedContainer, 'service' | 'name' | 'component' | 'operation'>[],
  knowsOperation: KnowsOperation,
): Finding[] {
  return containers.map((container) => {
    const found = unrecordedContainer(container.service, container, knowsOperation);
    if (found.state === 'foreign') return found;
    // There is no generation to repair; undeploy takes whatever is left of a service.
    const advice = `mcp undeploy ${container.service} removes it`;
    return { ...found, repairedBy: 'operator', advice };
  });
}
