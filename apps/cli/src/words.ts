import { EventKind, OperationKind, OperationState, type Operation } from '@mcp/proto/agent';
import { formatDuration } from './duration.ts';
import type { Colour, Paint } from './output.ts';

/** How a value of an enum is shown. */
export interface Word {
  word: string;
  colour: Colour;
}

/** How a value is shown that this mcp does not know. */
export const UNKNOWN: Word = { word: 'unknown', colour: 'yellow' };

const operationStates: Record<number, Word> = {
  [OperationState.RUNNING]: { word: 'running', colour: 'cyan' },
  [OperationState.UNDOING]: { word: 'undoing', colour: 'yellow' },
  [OperationState.SUCCEEDED]: { word: 'succeeded', colour: 'green' },
  [OperationState.UP_TO_DATE]: { word: 'up to date', colour: 'green' },
  [OperationState.ROLLED_BACK]: { word: 'rolled back', colour: 'red' },
  [OperationState.STUCK]: { word: 'stuck', colour: 'red' },
};

const eventKinds: Record<number, Word> = {
  [EventKind.DRIFT]: { word: 'drift', colour: 'yellow' },
  [EventKind.REPAIRED]: { word: 'repaired', colour: 'green' },
  [EventKind.FLAPPING]: { word: 'flapping', colour: 'red' },
  [EventKind.FOREIGN]: { word: 'foreign', colour: 'yellow' },
  [EventKind.REBUILT]: { word: 'rebuilt', colour: 'cyan' },
};

export function operationStateCell(state: OperationState, paint: Paint): string {
  const { word, colour } = operationStates[state] ?? UNKNOWN;
  return paint(colour, word);
}

export function eventCell(kind: EventKind, paint: Paint): string {
  const { word, colour } = eventKinds[kind] ?? UNKNOWN;
  return paint(colour, word);
}

/** "deploy", "rollback"; "operation" for a kind that this mcp does not know. */
export function kindWord(kind: OperationKind): string {
  return nameOf(OperationKind, kind).toLowerCase() || 'operation';
}

/** "deploy v1.2.0", "stop". */
export function operationCell({ kind, version }: Pick<Operation, 'kind' | 'version'>): string {
  return `${kindWord(kind)} ${version}`.trimEnd();
}

/** How long an operation took, or has run until now. */
export function tookCell({ startedAt, endedAt }: Operation, now: Date): string {
  return startedAt ? formatDuration((endedAt ?? now).getTime() - startedAt.getTime()) : '';
}

/** What came of an operation, on one line: what is stuck and why, why it failed, or what runs since. */
export function resultCell({ stuck, error, generation }: Operation): string {
  const [cause = ''] = error.split('\n', 1);
  if (stuck.length > 0) return [`not finished: ${stuck.join(', ')}`, cause].filter(Boolean).join('; ');
  return cause || (generation > 0n ? `generation ${generation}` : '');
}

/** The name of a value of a proto enum; empty when it has none. */
export function nameOf(values: Record<string, number>, value: number | undefined): string {
  return Object.keys(values).find((key) => values[key] === value) ?? '';
}
