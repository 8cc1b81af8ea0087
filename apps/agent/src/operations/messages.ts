import {
  OperationKind as ProtoKind,
  OperationState,
  type Operation,
  type OperationEvent as ProtoEvent,
} from '@mcp/proto/agent';
import { durationOf } from '@mcp/daemon/duration';
import type { JournalEntry, JournalState } from './journal.ts';
import type { OperationEvent, OperationKind, OperationOutcome } from './operation.ts';

const kinds: Record<OperationKind, ProtoKind> = {
  deploy: ProtoKind.DEPLOY,
  stop: ProtoKind.STOP,
  start: ProtoKind.START,
  restart: ProtoKind.RESTART,
  undeploy: ProtoKind.UNDEPLOY,
  rollback: ProtoKind.ROLLBACK,
  purge: ProtoKind.PURGE,
  repair: ProtoKind.REPAIR,
};

const outcomes: Record<OperationOutcome['state'], OperationState> = {
  succeeded: OperationState.SUCCEEDED,
  'up to date': OperationState.UP_TO_DATE,
  'rolled back': OperationState.ROLLED_BACK,
  stuck: OperationState.STUCK,
};

const states: Record<JournalState, OperationState> = {
  running: OperationState.RUNNING,
  committed: OperationState.RUNNING,
  undoing: OperationState.UNDOING,
  succeeded: OperationState.SUCCEEDED,
  up_to_date: OperationState.UP_TO_DATE,
  rolled_back: OperationState.ROLLED_BACK,
};

/** The proto form of an event. */
export function toProtoEvent(event: OperationEvent): ProtoEvent {
  switch (event.type) {
    case 'started': {
      const { operationId, kind, service, waitsFor, joined } = event;
      const value = { operationId, kind: kinds[kind], service, waitsFor, joined };
      return { event: { $case: 'started', value } };
    }
    case 'step started':
      return { event: { $case: 'stepStarted', value: { step: event.step } } };
    case 'step done': {
      const { step, durationMs, detail } = event;
      return { event: { $case: 'stepDone', value: { step, duration: durationOf(durationMs), detail } } };
    }
    case 'step failed': {
      const { step, durationMs, error } = event;
      return { event: { $case: 'stepFailed', value: { step, duration: durationOf(durationMs), error } } };
    }
    case 'step undone':
      return { event: { $case: 'stepUndone', value: { step: event.step, error: event.error } } };
    case 'finished': {
      const { state, error, stuck, generation, addresses } = event.outcome;
      const duration = durationOf(event.durationMs);
      const value = {
        state: outcomes[state],
        error,
        duration,
        stuck,
        generation: BigInt(generation),
        addresses,
      };
      return { event: { $case: 'finished', value } };
    }
  }
}

/** The proto form of a journal entry. */
export function toProtoOperation(entry: JournalEntry): Operation {
  const { id, kind, service, state, caller, startedAt, endedAt, error, stuck, version, generation } = entry;
  return {
    id,
    kind: kinds[kind],
    service,
    state: stuck.length > 0 ? OperationState.STUCK : states[state],
    caller,
    startedAt,
    endedAt,
    error,
    stuck,
    version,
    generation: BigInt(generation),
  };
}
