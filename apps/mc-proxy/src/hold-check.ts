import { millisecondsOf } from '@mcp/daemon/duration';
import { ServiceError } from '@mcp/daemon/errors';
import type { Duration } from '@mcp/proto/duration';

/** The longest hold that may be asked for. */
export const MAX_HOLD_MS = 10 * 60_000;

/** Returns the hold in milliseconds. Throws invalid_argument unless it is more than 0 and at most 10 minutes. */
export function checkHold(hold: Duration | undefined): number {
  const ms = millisecondsOf(hold) ?? 0;
  if (ms > 0 && ms <= MAX_HOLD_MS) return ms;
  throw new ServiceError(
    'invalid_argument',
    `hold must be more than 0 and at most ${MAX_HOLD_MS / 1000} s, not ${ms / 1000} s`,
    { details: { field: 'hold' } },
  );
}
