import { ServiceError } from '@mcp/daemon/errors';
import type { Event } from '@mcp/proto/agent';

/** How many events a reader may be behind. */
const MAX_WAITING = 1000;

/** Hands new events to everybody who follows them, each at their own pace. */
export function createFollowers() {
  const followers = new Set<{ service: string; push(event: Event): void }>();

  return {
    tell(event: Event): void {
      for (const { service, push } of followers) {
        if (service === '' || service === event.service) push(event);
      }
    },

    /** See EventLog.follow. */
    follow(service: string, signal: AbortSignal): AsyncIterable<Event> {
      const waiting: Event[] = [];
      let isLate = false;
      let wake: () => void = () => undefined;
      const follower = {
        service,
        push(event: Event) {
          if (waiting.length === MAX_WAITING) isLate = true;
          else waiting.push(event);
          if (isLate) leave();
          wake();
        },
      };
      const leave = () => {
        followers.delete(follower);
        signal.removeEventListener('abort', leave);
        wake();
      };
      // Here, not when reading begins: what happens between the two is not lost.
      if (!signal.aborted) {
        followers.add(follower);
        signal.addEventListener('abort', leave, { once: true });
      }

      async function* read(): AsyncGenerator<Event> {
        try {
          while (!signal.aborted) {
            const event = waiting.shift();
            if (event) yield event;
            else if (isLate) throw late(service);
            else await new Promise<void>((resolve) => (wake = resolve));
          }
        } finally {
          leave();
        }
      }
      return read();
    },
  };
}

function late(service: string): ServiceError {
  return new ServiceError(
    'aborted',
    `follow events${service && ` of ${service}`}: more than ${MAX_WAITING} events behind: list them, then follow again`,
  );
}
