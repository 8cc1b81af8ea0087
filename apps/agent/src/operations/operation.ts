/** What can be done to a service. The names are stored in the journal: renaming one is a migration. */
export type OperationKind =
  'deploy' | 'rollback' | 'stop' | 'start' | 'restart' | 'undeploy' | 'purge' | 'repair';

/** What happens in a running operation, in the order in which it happens. */
export type OperationEvent =
  | {
      type: 'started';
      operationId: string;
      kind: OperationKind;
      service: string;
      waitsFor: string;
      joined: boolean;
    }
  | { type: 'step started'; step: string }
  | { type: 'step done'; step: string; durationMs: number; detail: string }
  | { type: 'step failed'; step: string; durationMs: number; error: string }
  | { type: 'step undone'; step: string; error: string }
  | { type: 'finished'; outcome: OperationOutcome; durationMs: number };

/** How an operation ended, or stands while it is stuck. */
export interface OperationOutcome {
  state: 'succeeded' | 'up to date' | 'rolled back' | 'stuck';
  error: string;
  /** Steps that could not be undone, or finished, yet; they are tried again. */
  stuck: string[];
  /** The generation that runs now; 0 for none. */
  generation: number;
  addresses: string[];
}
