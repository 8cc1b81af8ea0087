import { ServiceError } from '@mcp/daemon/errors';
import { ServiceSpec } from '@mcp/proto/agent';
import { deploy } from '../deploy.ts';
import type { Effects } from '../effects.ts';
import { isSameSpec, type Generation } from '../generation.ts';
import { purge } from '../purge.ts';
import { restart } from '../restart.ts';
import type { StepFn } from '../saga.ts';
import { stop } from '../stop.ts';
import type { RegisteredService, Store } from '../store.ts';
import { undeploy } from '../undeploy.ts';
import type { JournalEntry } from './journal.ts';

/** What a journaled operation was asked. `generation`: of the operations on what is recorded already. */
export type OperationInputs =
  | { kind: 'deploy'; spec: ServiceSpec; force: boolean }
  | { kind: 'rollback' | 'start' | 'stop' | 'restart'; generation: number }
  /** `active`: what the service should be; one that should not run is stopped again. */
  | { kind: 'repair'; generation: number; active: boolean }
  | { kind: 'undeploy' }
  | { kind: 'purge'; data: boolean };

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
  /**
   * True when the service runs exactly as recorded, with everything in place, from the images that
   * its tags name now ('tags') or from those that were recorded.
   */
  isInPlace(service: RegisteredService, images: 'tags' | 'recorded'): Promise<boolean>;
  /** True when the service has no container, lease, certificate, route or record on this node. */
  isGone(service: string): Promise<boolean>;
  /** Forgets the past of a service, but not the operation `except`. */
  forget(service: string, except: string): void;
}

/** Builds the saga of a journal entry, or says that a new one has nothing to do. */
export async function sagaOf(
  { id, service, inputs: json }: JournalEntry,
  resumes: boolean,
  { node, store, effects, isInPlace, isGone, forget }: SagaParts,
): Promise<((step: StepFn) => Promise<void>) | 'up to date'> {
  const inputs = inputsFromJson(json);
  const current = store.find(service);
  const nothingToDo = !resumes && (await isDone());
  if (nothingToDo) return 'up to date';

  switch (inputs.kind) {
    case 'deploy': {
      const { spec, force } = inputs;
      return (step) => deploy(step, { id, spec, force, recorded: undefined }, { effects, store });
    }
    case 'rollback':
    case 'start':
      return deployRecorded(inputs.generation);
    case 'repair':
      if (inputs.active) return deployRecorded(inputs.generation, true);
      return (step) => stop(step, recorded(inputs.generation), { wasActive: false }, { effects, store });
    case 'stop':
      return (step) => stop(step, recorded(inputs.generation), { wasActive: true }, { effects, store });
    case 'restart':
      return (step) => restart(step, recorded(inputs.generation), { effects });
    case 'undeploy':
      return (step) => undeploy(step, { node, service }, { effects, store });
    case 'purge':
      return (step) => purge(step, { id, service, data: inputs.data }, { effects, forget });
  }

  async function isDone(): Promise<boolean> {
    switch (inputs.kind) {
      case 'deploy':
        return !inputs.force && isSame(current, inputs.spec) && isInPlace(current, 'tags');
      case 'rollback':
        return isSame(current, recorded(inputs.generation).spec) && isInPlace(current, 'recorded');
      case 'start':
        return current !== undefined && current.active && isInPlace(current, 'recorded');
      case 'stop':
        return current !== undefined && !current.active;
      case 'undeploy':
        return current === undefined && isGone(service);
      case 'repair':
        // Another operation came between the look and the repair.
        return current?.generation.number !== inputs.generation || current.active !== inputs.active;
      case 'restart':
      case 'purge':
        return false;
    }
  }

  function deployRecorded(number: number, repairs = false): (step: StepFn) => Promise<void> {
    const generation = recorded(number);
    const inputs = { id, spec: generation.spec, force: false, recorded: generation, repairs };
    return (step) => deploy(step, inputs, { effects, store });
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
