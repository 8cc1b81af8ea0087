/** Something that happens at a constant rate, however long each of it takes. */
export interface Paced {
  /** How often a second. */
  perSecond: number;
  /** Called once for every moment at which one is due, as soon after it as the process gets to it. */
  send(dueAt: number): void;
}

/** Much shorter than the time between two requests of a kind. */
const LOOK_EVERY_MS = 2;

/**
 * Sends by the clock, not by the answers (an open loop): what a stall of the server keeps waiting is as much as
 * users would send meanwhile. Returns what stops it.
 */
export function startPaced(all: readonly Paced[]): () => void {
  const startedAt = performance.now();
  const sent = all.map(() => 0);
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [index, { perSecond, send }] of all.entries()) {
      // Not in step with each other: a burst of all kinds at once would be a load of its own.
      const first = startedAt + ((index / all.length) * 1000) / perSecond;
      for (let dueAt = first + (sent[index]! * 1000) / perSecond; dueAt <= now; dueAt += 1000 / perSecond) {
        sent[index]! += 1;
        send(dueAt);
      }
    }
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
