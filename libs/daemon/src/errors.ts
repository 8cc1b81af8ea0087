import { Status } from 'nice-grpc-common';

/** The codes a daemon of ours throws, and the gRPC status each one is. */
export const errorStatus = {
  invalid_argument: Status.INVALID_ARGUMENT,
  not_found: Status.NOT_FOUND,
  already_exists: Status.ALREADY_EXISTS,
  failed_precondition: Status.FAILED_PRECONDITION,
  aborted: Status.ABORTED,
  resource_exhausted: Status.RESOURCE_EXHAUSTED,
  unavailable: Status.UNAVAILABLE,
  unauthenticated: Status.UNAUTHENTICATED,
  permission_denied: Status.PERMISSION_DENIED,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** What a program can read of an error: which owner, field or resource it is about. */
export interface ErrorDetails {
  owner?: string;
  field?: string;
  resource?: string;
}

/**
 * An error whose message is written for the operator: operation and subject,
 * cause, and what to do next. Everything else that is thrown is a bug.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { details?: ErrorDetails } = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** An error's message followed by those of its causes: what an operator needs to see on one line. */
export function messageWithCauses(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    const message = cause instanceof Error ? messageOf(cause) : String(cause);
    if (!messages.some((seen) => seen.includes(message))) messages.push(message);
  }
  return messages.join(': ');
}

// Node's connection errors to several addresses are an AggregateError with an empty message.
function messageOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(messageWithCauses).join(', ');
  if (!('details' in error && typeof error.details === 'string')) return error.message;
  return connectionFailure(error.details) ?? error.details;
}

/**
 * Why grpc-js could not connect, or undefined when the details of an UNAVAILABLE are the peer's own.
 * Only grpc-js's text says which it is; the forms are those of @grpc/grpc-js 1.14.
 */
export function connectionFailure(details: string): string | undefined {
  const wrapped =
    /^(?:\w+: )?No connection established\. Last error: (?:Error: )?(.*?)\.?(?: ?Resolution note:.*)?$/s.exec(
      details,
    );
  if (wrapped) return wrapped[1];
  return /^(No connection established|Name resolution failed|Connection dropped)/.test(details)
    ? details
    : undefined;
}
