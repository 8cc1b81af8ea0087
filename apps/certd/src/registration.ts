import { messageWithCauses } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import { poll } from '@mcp/daemon/wait';
import type { Issuer } from './issuer.ts';

const TRY_EVERY_MS = 5000;
/** After this the first order registers: a CA that is down for long, or refuses us, is not asked for ever. */
const GIVE_UP_AFTER_MS = 600_000;

/**
 * Registers an account at every issuer in the background, so that the first deploy need not wait
 * for it. Returns when all are registered, at the latest after ten minutes; never throws for a CA
 * that is down or refuses.
 */
export async function registerAccounts({
  issuers,
  log,
  signal,
}: {
  issuers: readonly Pick<Issuer, 'name' | 'register'>[];
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  await Promise.all(
    issuers.map(async (issuer) => {
      let lastFailure = '';
      const attempt = async () => {
        try {
          await issuer.register();
          return true;
        } catch (error) {
          const failure = messageWithCauses(error);
          if (failure !== lastFailure) log.warn({ err: error, issuer: issuer.name }, 'not registered yet');
          lastFailure = failure;
          return undefined;
        }
      };
      await poll(attempt, { everyMs: TRY_EVERY_MS, timeoutMs: GIVE_UP_AFTER_MS, signal });
    }),
  );
}
