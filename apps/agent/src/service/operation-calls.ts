import type { CallerContext } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import type { AgentServiceImplementation, OperationEvent } from '@mcp/proto/agent';
import { toProtoEvent } from '../operations/messages.ts';
import type { Operations } from '../operations/operations.ts';
import { inputsToJson, type OperationInputs } from '../operations/sagas.ts';
import { rollbackTarget } from '../rollback-target.ts';
import type { Store } from '../store.ts';
import type { Requests } from './requests.ts';

type OperationCalls = Pick<
  AgentServiceImplementation<CallerContext>,
  'deploy' | 'rollback' | 'stop' | 'start' | 'restart' | 'undeploy' | 'purge' | 'cancel'
>;

/** The RPCs that begin, join and cancel operations, and stream their events. */
export function createOperationCalls({
  store,
  operations,
  requests: { requireService, requireUndeployed, acceptSpec },
}: {
  store: Store;
  operations: Operations;
  requests: Requests;
}): OperationCalls {
  async function* run(
    request: { service: string; noWait: boolean; version: string; inputs: OperationInputs },
    { caller }: CallerContext,
  ): AsyncGenerator<{ event: OperationEvent }> {
    const { inputs, ...rest } = request;
    const events = operations.begin({
      ...rest,
      kind: inputs.kind,
      inputs: inputsToJson(inputs),
      caller: caller.name,
    });
    for await (const event of events) yield { event: toProtoEvent(event) };
  }

  function onRecorded(kind: 'start' | 'stop' | 'restart') {
    return ({ service, noWait }: { service: string; noWait: boolean }, context: CallerContext) => {
      const { active, generation } = requireService(service);
      if (kind === 'restart' && !active) {
        throw new ServiceError(
          'failed_precondition',
          `${service} is stopped: start it with mcp start ${service}`,
        );
      }
      const { number, spec } = generation;
      return run({ service, noWait, version: spec.version, inputs: { kind, generation: number } }, context);
    };
  }

  return {
    async *deploy({ spec: asked, noWait, force }, context) {
      const spec = acceptSpec(asked);
      const { name: service, version } = spec;
      yield* run({ service, noWait, version, inputs: { kind: 'deploy', spec, force } }, context);
    },
    async *rollback({ service, generation, noWait }, context) {
      const { generation: current } = requireService(service);
      const target = rollbackTarget(current, store.generations(service), Number(generation));
      const inputs = { kind: 'rollback', generation: target.number } as const;
      yield* run({ service, noWait, version: target.spec.version, inputs }, context);
    },
    stop: onRecorded('stop'),
    start: onRecorded('start'),
    restart: onRecorded('restart'),
    async *undeploy({ service, noWait }, context) {
      yield* run({ service, noWait, version: '', inputs: { kind: 'undeploy' } }, context);
    },
    async *purge({ service, data, noWait }, context) {
      requireUndeployed(service);
      yield* run({ service, noWait, version: '', inputs: { kind: 'purge', data } }, context);
    },
    async *cancel({ operationId }, { caller }) {
      const events = operations.cancel(operationId, caller.name);
      for await (const event of events) yield { event: toProtoEvent(event) };
    },
  };
}
