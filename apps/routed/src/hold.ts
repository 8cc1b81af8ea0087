import type { Duration } from '@mcp/proto/duration';
import { everyOne } from './every-one.ts';
import type { McProxy } from './mc-proxy.ts';
import type { RouteKey } from './routes.ts';

/**
 * Holds all of the routes, or none: when the proxy refuses one, those that it held go on. Throws what the
 * proxy says, and what `requireOwn` throws, before or after: it waits for no operation on routes, so one
 * may have gone to another owner meanwhile. A route that is removed meanwhile takes its hold along.
 */
export async function holdAll(options: {
  mcProxy: Pick<McProxy, 'hold' | 'resume'>;
  keys: readonly RouteKey[];
  hold: Duration;
  /** Throws when one of the routes is not the owner's. */
  requireOwn: () => void;
}): Promise<void> {
  const { mcProxy, keys, hold, requireOwn } = options;
  requireOwn();
  try {
    await everyOne(keys.map((key) => mcProxy.hold(key, hold)));
    requireOwn();
  } catch (error) {
    // What cannot be resumed now goes on at the end of its hold.
    await Promise.allSettled(keys.map((key) => mcProxy.resume(key)));
    throw error;
  }
}
