import type { pause } from '@mcp/daemon/wait';

export interface QueueOptions {
  /** How many keys are worked on at once. */
  atOnce: number;
  work(key: string): Promise<void>;
  now(): Date;
  wait: typeof pause;
  signal: AbortSignal;
}

/** Work by key: never twice at once for the same one, and soon however often it is asked for. */
export interface Queue {
  /** Asks for work on the key in that time; when it is due earlier already, that stays. */
  request(key: string, afterMs: number): void;
}

/** Once the signal is aborted nothing new is begun. `work` must not throw. */
export function createQueue({ atOnce, work, now, wait, signal }: QueueOptions): Queue {
  const due = new Map<string, { at: number; cancel: AbortController }>();
  const ready = new Set<string>();
  const running = new Set<string>();

  function begin(): void {
    for (const key of ready) {
      if (signal.aborted || running.size === atOnce) return;
      if (running.has(key)) continue;
      ready.delete(key);
      running.add(key);
      void work(key).then(() => {
        running.delete(key);
        begin();
      });
    }
  }

  return {
    request(key, afterMs) {
      const at = now().getTime() + afterMs;
      const planned = due.get(key);
      if (planned && planned.at <= at) return;
      planned?.cancel.abort();
      const cancel = new AbortController();
      due.set(key, { at, cancel });
      void wait(afterMs, AbortSignal.any([signal, cancel.signal])).then(() => {
        if (cancel.signal.aborted) return;
        due.delete(key);
        ready.add(key);
        begin();
      });
    },
  };
}
