import { inputsToJson, type OperationInputs } from './sagas.ts';
import type { OperationOutcome } from './operation.ts';
import type { Operations } from './operations.ts';
import type { Store } from '../store.ts';

/** Who asks for repairs, in the history. */
const CALLER = 'mcp-agent';

/** Makes a service as it is recorded again, as an operation like any other. */
export function createRepair({ store, operations }: { store: Store; operations: Operations }) {
  /** Throws aborted when another operation is at the service. */
  return async (service: string): Promise<{ operationId: string } & OperationOutcome> => {
    const found = store.find(service);
    if (!found) throw new Error(`${service} is not in the registry`);
    const { active, generation } = found;
    const inputs: OperationInputs = { kind: 'repair', generation: generation.number, active };
    const events = operations.begin({
      kind: 'repair',
      service,
      inputs: inputsToJson(inputs),
      version: generation.spec.version,
      caller: CALLER,
      noWait: true,
    });
    let operationId = '';
    for await (const event of events) {
      if (event.type === 'started') ({ operationId } = event);
      if (event.type === 'finished') return { operationId, ...event.outcome };
    }
    throw new Error(`repair ${operationId} of ${service} did not end before the agent stopped`);
  };
}
