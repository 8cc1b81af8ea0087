import { fromPeer } from '@mcp/daemon/client';
import { durationOf } from '@mcp/daemon/duration';
import { ServiceError, messageWithCauses } from '@mcp/daemon/errors';
import { pause } from '@mcp/daemon/wait';
import type { Peers } from '../peers.ts';
import type { Drained, Traffic } from '../traffic.ts';

/** The longest that the proxy holds. */
const MAX_HOLD_MS = 600_000;
/**
 * While everybody else waits, a stream gets only this long to end by itself: enough for a short
 * exchange over l4, and nothing would be enough for a WebSocket.
 */
const HELD_STREAM_MS = 500;
const COUNT_EVERY_MS = 10;
const RETRY_COUNT_EVERY_MS = 500;
/** A request that the proxy had just let through is counted by the next look. */
const QUIET_LOOKS = 2;
const NOTHING: Drained = { open: 0, cut: 0 };

/** What steps do to the traffic of a component through routed; nothing where routed is not configured. */
export interface TrafficEffects {
  /**
   * Lets nothing new reach the component's container and waits for what is open, so that it can be
   * stopped. What waits goes on with `resume`, or by itself after the hold time.
   */
  holdAndDrain(traffic: Traffic, signal: AbortSignal): Promise<Drained>;
  resume(traffic: Traffic, signal: AbortSignal): Promise<void>;
  /**
   * Waits, at most `drainMs`, for what is open to backends that get nothing new. Not being able to
   * count is no reason to keep them longer: `unknown` then says why.
   */
  drain(traffic: Pick<Traffic, 'backends' | 'drainMs'>, signal: AbortSignal): Promise<Drained>;
}

export function createTrafficEffects(
  { routed }: Pick<Peers, 'routed'>,
  countEveryMs = COUNT_EVERY_MS,
): TrafficEffects {
  if (!routed) {
    return { holdAndDrain: async () => NOTHING, resume: async () => undefined, drain: async () => NOTHING };
  }
  const proxy = routed;

  async function hold({ owner, routes }: Traffic, ms: number, signal: AbortSignal): Promise<void> {
    await proxy
      .holdRoutes({ owner, routes, hold: durationOf(Math.min(ms, MAX_HOLD_MS)) }, { signal })
      .catch(fromPeer('routed', 'hold routes'));
  }

  async function count(backends: string[], signal: AbortSignal) {
    const answer = await proxy
      .countConnections({ backends }, { signal })
      .catch(fromPeer('routed', 'count connections'));
    const total = (what: 'requests' | 'streams') =>
      answer.backends.reduce((sum, each) => sum + each[what], 0);
    return { requests: total('requests'), streams: total('streams') };
  }

  /** Waits until nothing is open to the backends, or the time for it is over. */
  async function drainUntil(
    backends: string[],
    { requestsMs, streamsMs }: { requestsMs: number; streamsMs: number },
    signal: AbortSignal,
  ): Promise<Drained> {
    if (backends.length === 0) return NOTHING;
    const startedAt = performance.now();
    let open: number | undefined;
    for (let quiet = 0; ;) {
      signal.throwIfAborted();
      const { requests, streams } = await count(backends, signal);
      open ??= requests + streams;
      const elapsedMs = performance.now() - startedAt;
      const waits = (requests > 0 && elapsedMs < requestsMs) || (streams > 0 && elapsedMs < streamsMs);
      quiet = waits ? 0 : quiet + 1;
      if (quiet >= QUIET_LOOKS) return { open, cut: requests + streams };
      await pause(countEveryMs, signal);
    }
  }

  return {
    async holdAndDrain(traffic, signal) {
      const { routes, backends, holdMs, drainMs } = traffic;
      if (routes.length === 0) return NOTHING;
      await hold(traffic, holdMs + drainMs, signal);
      const limits = { requestsMs: drainMs, streamsMs: Math.min(HELD_STREAM_MS, drainMs) };
      const drained = await drainUntil(backends, limits, signal);
      await hold(traffic, holdMs, signal);
      return drained;
    },
    async resume({ owner, routes }, signal) {
      if (routes.length === 0) return;
      await proxy.resumeRoutes({ owner, routes }, { signal }).catch(fromPeer('routed', 'resume routes'));
    },
    async drain({ backends, drainMs }, signal) {
      const startedAt = performance.now();
      for (;;) {
        const leftMs = drainMs - (performance.now() - startedAt);
        try {
          return await drainUntil(backends, { requestsMs: leftMs, streamsMs: leftMs }, signal);
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof ServiceError)) throw error;
          if (leftMs <= 0) return { ...NOTHING, unknown: messageWithCauses(error) };
          await pause(Math.min(leftMs, RETRY_COUNT_EVERY_MS), signal);
        }
      }
    },
  };
}
