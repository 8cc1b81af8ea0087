import type { Problem } from '@mcp/proto/agent';

/** How a part of a service stands that is not as recorded. Stored in events: renaming one is a migration. */
export type FindingState =
  | 'missing'
  | 'exited'
  | 'unhealthy'
  /** Something else than what is recorded. */
  | 'differs'
  /** It runs, and its service is stopped. */
  | 'running'
  /** Its daemon does not know it. */
  | 'lost'
  | 'not renewed'
  /** A container that an operation of ours made and that no generation has any more. */
  | 'leftover'
  /** A container with our labels that no operation of ours made. Never touched. */
  | 'foreign'
  /** It keeps dying. */
  | 'flapping'
  /** Its daemon cannot ask: shown, but neither a difference nor the end of one. */
  | 'unknown';

/** A part of a service that is not as recorded. */
export interface Finding {
  /** Of the service; the same for as long as it is about the same thing. */
  key: string;
  resource: 'container' | 'port' | 'certificate' | 'route' | 'record';
  /** Which one, as messages name it. */
  subject: string;
  /** Set when it is about one component. */
  component: string | undefined;
  state: FindingState;
  /** The subject, how it stands and why. */
  message: string;
  /** Where to look; empty when there is nothing to look at. */
  advice: string;
  /**
   * Who puts it right: the agent by a repair operation, its daemon by itself, or nobody without
   * the operator.
   */
  repairedBy: 'agent' | 'daemon' | 'operator';
}

/** A finding with its key. */
export function finding({
  advice = '',
  ...fields
}: Omit<Finding, 'key' | 'advice'> & { advice?: string }): Finding {
  return { ...fields, advice, key: keyOf(fields) };
}

export function keyOf({ resource, subject }: { resource: string; subject: string }): string {
  return `${resource} ${subject}`;
}

/** What the operator reads: which, why, and what to do. With `reconcile` the agent repairs what it can. */
export function messageOf({ message, advice, repairedBy }: Finding, reconcile: boolean): string {
  const repair = repairedBy === 'agent' && !reconcile ? ': deploy again' : '';
  return `${message}${repair}${advice && `; ${advice}`}`;
}

export function toProblem(found: Finding, reconcile: boolean): Problem {
  return { resource: found.resource, message: messageOf(found, reconcile) };
}
