import { setImmediate } from 'node:timers/promises';

/** A clock that a test moves, and waits that follow it. */
export function createFakeTime(start: string) {
  let time = new Date(start).getTime();
  const waits = new Set<{ at: number; end: () => void }>();

  /** Lets everything happen that needs no time. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  return {
    now: () => new Date(time),
    wait(ms: number, signal: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const wait = { at: Math.floor(time + ms), end: () => (waits.delete(wait), resolve()) };
        waits.add(wait);
        if (signal.aborted) wait.end();
        signal.addEventListener('abort', wait.end, { once: true });
      });
    },
    settle,
    async pass(ms: number): Promise<void> {
      const end = time + ms;
      await settle();
      for (;;) {
        const next = [...waits].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        time = Math.max(time, next.at);
        next.end();
        await settle();
      }
      time = end;
    },
  };
}
