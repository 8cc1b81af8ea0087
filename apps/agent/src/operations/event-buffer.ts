import type { OperationEvent } from './operation.ts';

/** The events of one operation: from one writer to any number of readers, who may come late or leave early. */
export interface EventBuffer {
  push(event: OperationEvent): void;
  /** Nothing more comes: the agent stops, or the operation has ended. */
  end(): void;
  /** Ends every reader with the error. */
  fail(error: unknown): void;
  /** All events from the first to 'finished'. */
  read(): AsyncGenerator<OperationEvent>;
}

export function createEventBuffer(): EventBuffer {
  const events: OperationEvent[] = [];
  let ended = false;
  let failure: unknown;
  let changed = Promise.withResolvers<void>();

  function wake(): void {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  }

  return {
    push(event) {
      events.push(event);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    fail(error) {
      failure = error;
      ended = true;
      wake();
    },
    async *read() {
      for (let index = 0; ;) {
        const event = events[index];
        if (event) {
          index += 1;
          yield event;
          if (event.type === 'finished') return;
        } else if (failure !== undefined) throw failure;
        else if (ended) return;
        else await changed.promise;
      }
    },
  };
}
