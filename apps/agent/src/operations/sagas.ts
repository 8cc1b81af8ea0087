import { ServiceError } from '@mcp/daemon/errors';
import { ServiceSpec } from '@mcp/proto/agent';
import { deploy } from '../deploy.ts';
import type { Effects } from '../effects.ts';
import { isSameSpec, type Generation } from '../generation.ts';
import type { JournalEntry } from './journal.ts';
import type { StepFn } from '../saga.ts';
import { restart, stop, undeploy } from '../stop.ts';
import type { RegisteredService, Store } from '../store.ts';

/** What a journaled operation was asked. `generation`: of the operations on a service that exists already. */
export type OperationInputs =
  | { kind: 'deploy'; spec: ServiceSpec; force: boolean }
  | { kind: 'start' | 'stop' | 'restart'; generation: number }
  | { kind: 'undeploy' };

/** The form in which the journal keeps the inputs. */
export function inputsToJson(inputs: OperationInputs): string {
  return JSON.stringify(
    inputs.kind === 'deploy' ? { ...inputs, spec: ServiceSpec.toJSON(inputs.spec) } : inputs,
  );
}

function inputsFromJson(text: string): OperationInputs {
  const inputs = JSON.parse(text) as OperationInputs;
  return inputs.kind === 'deploy' ? { ...inputs, spec: ServiceSpec.fromJSON(inputs.spec) } : inputs;
}

export interface SagaParts {
  node: string;
  store: Store;
  effects: Effects;
  /** True when the service runs exactly as recorded, with everything in place. */
  isInPlace(service: RegisteredService): Promise<boolean>;
  /** True when the service has no container, lease, certificate, route or record on this node. */
  isGone(service: string): Promise<boolean>;
}

/** Builds the saga of a journal entry, or says that a new one has nothing to do. */
export async function sagaOf(
  { id, service, inputs: json }: JournalEntry,
  resumes: boolean,
  { node, store, effects, isInPlace, isGone }: SagaParts,
): Promise<((step: StepFn) => Promise<void>) | 'up to date'> {
  const inputs = inputsFromJson(json);
  const current = store.find(service);
  const nothingToDo = !resumes && (await isDone());
  if (nothingToDo) return 'up to date';

  switch (inputs.kind) {
    case 'deploy':
      return (step) => deploy(step, { id, spec: inputs.spec, force: inputs.force }, { effects, store });
    case 'start':
      return (step) =>
        deploy(step, { id, spec: recorded(inputs.generation).spec, force: false }, { effects, store });
    case 'stop':
      return (step) => stop(step, recorded(inputs.generation), { effects, store });
    case 'restart':
      return (step) => restart(step, recorded(inputs.generation), { effects, store });
    case 'undeploy':
      return (step) => undeploy(step, { node, service }, { effects, store });
  }

  async function isDone(): Promise<boolean> {
    switch (inputs.kind) {
      case 'deploy':
        return !inputs.force && isSame(current, inputs.spec) && isInPlace(current);
      case 'start':
        return current !== undefined && current.active && isInPlace(current);
      case 'stop':
        return current !== undefined && !current.active;
      case 'restart':
        return false;
      case 'undeploy':
        return current === undefined && isGone(service);
    }
  }

  function recorded(number: number): Generation {
    const generation = store.generation(service, number);
    if (generation) return generation;
    throw new ServiceError(
      'failed_precondition',
      `generation ${number} of ${service} is not in the registry: deploy it again`,
    );
  }
}

function isSame(current: RegisteredService | undefined, spec: ServiceSpec): current is RegisteredService {
  return current !== undefined && current.active && isSameSpec(current.generation.spec, spec);
}
