import { ServiceError } from '@mcp/daemon/errors';
import type { pause } from '@mcp/daemon/wait';

/** Waits at most so long for `work`, which should end when its signal is aborted. Throws unavailable. */
export async function within<Result>(
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
  { wait, signal }: { wait: typeof pause; signal: AbortSignal },
): Promise<Result> {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const late = wait(ms, ends).then(() => {
    signal.throwIfAborted();
    throw new ServiceError('unavailable', `no answer within ${ms / 1000} s`);
  });
  try {
    return await Promise.race([work(ends), late]);
  } finally {
    over.abort();
  }
}
