/** How the operator stands to the operation that is shown. */
export type Stance =
  /** Ctrl-C asks. */
  | 'watching'
  /** The question is on the screen. */
  | 'asked'
  /** It is being cancelled. */
  | 'cancelling'
  /** It can no longer be cancelled. */
  | 'committed';

/** What the operator did, or the agent answered. */
export type Turn = 'interrupt' | 'roll back' | 'leave' | 'continue' | 'refused' | 'not reached';

/** What is to be done about it. */
export type Action = 'ask' | 'cancel' | 'leave' | 'nothing';

/**
 * Decides what a turn means. Only the first Ctrl-C asks: one at the question, and one after
 * the agent was told to cancel or has refused to, leaves the operation to the agent.
 */
export function decide(stance: Stance, turn: Turn): { stance: Stance; action: Action } {
  switch (turn) {
    case 'interrupt':
      if (stance === 'watching') return { stance: 'asked', action: 'ask' };
      return { stance, action: 'leave' };
    case 'leave':
      return { stance, action: 'leave' };
    case 'roll back':
      return { stance: 'cancelling', action: 'cancel' };
    case 'refused':
      return { stance: 'committed', action: 'nothing' };
    case 'continue':
    case 'not reached':
      return { stance: 'watching', action: 'nothing' };
  }
}

const turns: Record<string, Turn> = { r: 'roll back', l: 'leave', c: 'continue', '\x03': 'interrupt' };

/**
 * What a key at the question means, also when it repeats; undefined for one that means nothing.
 * Different characters at once are a paste or an arrow key, whose letters are no answer.
 */
export function turnOfKey(input: string): Turn | undefined {
  const [key, ...others] = input.toLowerCase();
  return key !== undefined && others.every((other) => other === key) ? turns[key] : undefined;
}

/** An operation that is shown. */
export interface Shown {
  verb: string;
  service: string;
  operationId: string;
}

/** "Roll back deploy 1a2b3c4d5e6f of web?" */
export function questionLine({ verb, service, operationId }: Shown): string {
  const cancel = verb === 'rollback' ? 'Undo' : 'Roll back';
  return `${cancel} ${verb} ${operationId} of ${service}?`;
}

/** The keys and what they do, on one line, shorter where the terminal is narrow. */
export function choicesLine(columns: number): string {
  return columns < 80
    ? '[r]oll back  [l]eave  [c]ontinue'
    : '[r] roll back and wait   [l] leave it to the agent   [c] continue watching';
}
