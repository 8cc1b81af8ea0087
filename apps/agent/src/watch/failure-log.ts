import { messageWithCauses } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';

/** Logs that a part does not answer when that begins or its reason changes, and that it answers again. */
export function createFailureLog(log: Logger) {
  const reasons = new Map<string, string>();
  return {
    failed(part: string, error: unknown): void {
      const reason = messageWithCauses(error);
      if (reasons.get(part) !== reason) log.warn({ err: error, part }, 'watch cannot look');
      reasons.set(part, reason);
    },
    works(part: string): void {
      if (reasons.delete(part)) log.info({ part }, 'watch looks again');
    },
  };
}

export type FailureLog = ReturnType<typeof createFailureLog>;
