/** What the process ends with. */
export const exitCodes = {
  done: 0,
  /** The operation failed. */
  failed: 1,
  /** Wrong usage, configuration or definition; nothing was sent. */
  usage: 2,
  /** A node or service cannot be reached or refuses the caller. */
  unreachable: 3,
  /** Some nodes failed and others did not. */
  partial: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An error whose message is for the operator: what failed, where, why, what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  /** For programs: a gRPC status in lower case, or usage, config, definition, interrupted. */
  readonly code: string;
  /** More that a program can read, for example the node. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    exit: keyof typeof exitCodes,
    code: string,
    message: string,
    options: ErrorOptions & { details?: Record<string, unknown> } = {},
  ) {
    super(message, options);
    this.exitCode = exitCodes[exit];
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The exit code for questions put to several nodes, of which `failed` could not be answered. */
export function exitCodeOfAnswers(asked: number, failed: number): ExitCode {
  if (failed === 0) return exitCodes.done;
  return failed === asked ? exitCodes.unreachable : exitCodes.partial;
}

/** The exit code of several pieces of work, of which `done` succeeded and the others ended in `errors`. */
export function exitCodeOfWork(errors: readonly unknown[], done: number): ExitCode {
  if (errors.length === 0) return exitCodes.done;
  if (done > 0) return exitCodes.partial;
  const isUnreachable = (error: unknown): boolean =>
    error instanceof CommandError && error.exitCode === exitCodes.unreachable;
  return errors.every(isUnreachable) ? exitCodes.unreachable : exitCodes.failed;
}
