import { ServiceError, type ErrorCode } from '@mcp/daemon/errors';

/** The Docker API has no deadlines: a call that does not answer in time is given up, not ended. */
export async function withDeadline<Result>(call: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The HTTP status of an error of the Docker API; undefined when the engine did not answer. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

/** What an error of a call means to the operator: unavailable without an answer, else failed_precondition. */
export function engineError(error: unknown, doing: string, socket: string): Error {
  if (error instanceof ServiceError) return error;
  const status = statusOf(error);
  const code: ErrorCode = status === undefined ? 'unavailable' : 'failed_precondition';
  if (status === undefined) {
    return new ServiceError(
      code,
      `${doing}: container engine at ${socket} does not answer: is podman.socket started?`,
      {
        cause: error,
      },
    );
  }
  const { json } = error as { json?: { message?: string; cause?: string } };
  return new ServiceError(code, `${doing}: ${json?.message ?? (error as Error).message}`);
}
