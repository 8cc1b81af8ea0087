import { CommandError, exitCodes, type ExitCode } from './exit.ts';

/** How errors are shown. */
export interface ReportOptions {
  json?: boolean | undefined;
  debug?: boolean | undefined;
}

/** The text for standard error, without its last line end, and the exit code. */
function describeError(error: unknown, { json, debug }: ReportOptions): { text: string; exitCode: ExitCode } {
  const known = error instanceof CommandError ? error : undefined;
  const message = known ? known.message : `${messageOf(error)} (a bug of mcp: run again with --debug)`;
  const exitCode = known?.exitCode ?? exitCodes.failed;
  const stack = debug === true ? `\n${stacks(error)}` : '';
  if (json === true) {
    const body = { code: known?.code ?? 'internal', message, ...known?.details };
    return { text: JSON.stringify({ error: body }) + stack, exitCode };
  }
  // Problems in files speak for themselves: "file:line:column: message" is what editors look for.
  const inFile = known?.code === 'definition' || known?.code === 'config';
  return { text: (inFile ? message : `mcp: ${message}`) + stack, exitCode };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stacks(error.cause)}`;
}

/** Writes each error to standard error, one after another, and sets the exit code for all. */
export function reportErrors(errors: readonly unknown[], exitCode: ExitCode, options: ReportOptions): void {
  for (const error of errors) process.stderr.write(`${describeError(error, options).text}\n`);
  process.exitCode = exitCode;
}

/** Writes the error that ended the command and sets its exit code. */
export function reportError(error: unknown, options: ReportOptions): void {
  reportErrors([error], describeError(error, options).exitCode, options);
}
