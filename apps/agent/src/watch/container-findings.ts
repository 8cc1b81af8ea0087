import { ComponentState, type ComponentSpec, type ComponentStatus } from '@mcp/proto/agent';
import type { ObservedContainer } from '../containers/containers.ts';
import type { Observed } from '../status/observe.ts';
import type { RegisteredService } from '../store.ts';
import { finding, type Finding } from './finding.ts';
import type { KnowsOperation } from './findings.ts';

/** What of a service's containers is not as recorded. */
export function containerFindings(
  service: RegisteredService,
  { components, containers = [] }: Pick<Observed, 'components' | 'containers'>,
  knowsOperation: KnowsOperation,
): Finding[] {
  const recorded = new Set(service.generation.containers.map(({ name }) => name));
  const others = containers.filter(({ name }) => !recorded.has(name));
  return [
    ...components.flatMap((status) => recordedContainer(service, status, containers)),
    ...others.map((container) => unrecordedContainer(service.name, container, knowsOperation)),
  ].map((found) =>
    // The repair of a stopped service stops its recorded containers, and no more.
    service.active || found.state === 'running' ? found : { ...found, repairedBy: 'operator' },
  );
}

/** Finds at most one thing about a component's container: the one that explains the others. */
function recordedContainer(
  { name: service, active, generation }: RegisteredService,
  { component, container, state, exitCode }: ComponentStatus,
  containers: readonly ObservedContainer[],
): Finding[] {
  const spec = generation.spec.components.find(({ name }) => name === component);
  const recorded = generation.containers.find((each) => each.component === component);
  const present = containers.find(({ name }) => name === container);
  const subject = containerSubject(component, container);
  const one = (fields: Pick<Finding, 'state' | 'repairedBy'>, words: string, advice = '') => [
    finding({ resource: 'container', subject, component, message: `${subject} ${words}`, advice, ...fields }),
  ];
  const logs = `see mcp logs ${service} ${component}`;

  if (!active) {
    if (state !== ComponentState.RUNNING && state !== ComponentState.UNHEALTHY) return [];
    return one({ state: 'running', repairedBy: 'agent' }, `runs, and ${service} is stopped`);
  }
  if (state === ComponentState.MISSING) return one({ state: 'missing', repairedBy: 'agent' }, 'is missing');
  if (present && recorded && present.specHash !== recorded.specHash)
    return one({ state: 'differs', repairedBy: 'agent' }, 'is not the one that was deployed');
  if (state === ComponentState.EXITED) {
    const repairedBy = spec && mayStayEnded(spec, exitCode) ? 'operator' : 'agent';
    return one({ state: 'exited', repairedBy }, `exited with code ${exitCode}`, logs);
  }
  if (state === ComponentState.UNHEALTHY)
    return one({ state: 'unhealthy', repairedBy: 'agent' }, 'does not answer its health check', logs);
  return [];
}

/** True when the definition's restart policy does not ask for the container to be started again. */
function mayStayEnded({ restart }: Pick<ComponentSpec, 'restart'>, exitCode: number): boolean {
  return restart === 'no' || (restart.startsWith('on-failure') && exitCode === 0);
}

/** What a container is that has a service's labels and is not recorded. */
export function unrecordedContainer(
  service: string,
  { name, component, operation }: Pick<ObservedContainer, 'name' | 'component' | 'operation'>,
  knowsOperation: KnowsOperation,
): Finding {
  const subject = `container ${name}`;
  const fields = { resource: 'container', subject, component } as const;
  if (knowsOperation(operation)) {
    const message = `${subject} is left over from operation ${operation}`;
    return finding({ ...fields, state: 'leftover', message, repairedBy: 'agent' });
  }
  const message = `${subject} has the labels of ${service}, and no operation of this agent made it: it is left alone`;
  const advice = 'remove it yourself when nobody needs it';
  return finding({ ...fields, state: 'foreign', message, advice, repairedBy: 'operator' });
}

function containerSubject(component: string, container: string): string {
  return `${component}: container ${container}`;
}
