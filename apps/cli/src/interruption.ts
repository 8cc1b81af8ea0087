import { decide, type Stance, type Turn } from './cancel-dialog.ts';

/** What can be done about an operation that the operator interrupts. */
export interface Interruptible {
  /** False: Ctrl-C leaves it to the agent. */
  canAsk(): boolean;
  /** Asks; returns undefined when the signal is aborted first. */
  ask(signal: AbortSignal): Promise<Turn | undefined>;
  /** Has it cancelled. Returns why it is not, or undefined when it is or the signal is aborted first. */
  cancel(signal: AbortSignal): Promise<'refused' | 'not reached' | undefined>;
  /** Ends the showing of it. */
  leave(): void;
}

/** Ctrl-C during an operation, until `end`. */
export interface Interruption {
  readonly stance: Stance;
  end(): void;
}

/**
 * Lets Ctrl-C ask, and does what is answered. SIGTERM and a reader of standard output that
 * has gone leave the operation to the agent without a question.
 */
export function onInterruption(operation: Interruptible, stance: Stance): Interruption {
  const ended = new AbortController();

  function take(turn: Turn): void {
    if (ended.signal.aborted) return;
    const decision = decide(stance, turn);
    stance = decision.stance;
    if (decision.action === 'leave') leave();
    if (decision.action === 'ask') void operation.ask(ended.signal).then(takeAny);
    if (decision.action === 'cancel') void operation.cancel(ended.signal).then(takeAny);
  }

  const takeAny = (turn: Turn | undefined): void => void (turn && take(turn));

  function leave(): void {
    end();
    operation.leave();
  }

  function end(): void {
    ended.abort();
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', leave);
    process.stdout.removeListener('error', leave);
  }

  const interrupt = (): void => take(operation.canAsk() ? 'interrupt' : 'leave');
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', leave);
  process.stdout.on('error', leave);
  return {
    get stance() {
      return stance;
    },
    end,
  };
}
