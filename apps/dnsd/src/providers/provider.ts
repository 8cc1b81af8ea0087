import type { DnsRecord, HeldRecord } from '../records.ts';

export interface CallOptions {
  signal: AbortSignal;
}

/**
 * The records of one zone at the server that holds it. Every call ends within 5 s and throws
 * unavailable when the server does not answer (then it may or may not have taken effect) and
 * failed_precondition when it refuses, with what it said. Every call may be repeated.
 */
export interface Provider {
  /** For example "mcns". */
  readonly name: string;
  /** All records of the types of records.ts; of one name when it is given. */
  list(options: CallOptions & { name?: string }): Promise<HeldRecord[]>;
  /** Succeeds when the record is there already. */
  create(record: DnsRecord, options: CallOptions): Promise<void>;
  update(record: HeldRecord, options: CallOptions): Promise<void>;
  /** Succeeds when the record is gone already. */
  remove(record: HeldRecord, options: CallOptions): Promise<void>;
}
