import { OperationState, type OperationEvent, type OperationFinished } from '@mcp/proto/agent';
import { formatDuration, toMs } from './duration.ts';
import type { Paint } from './output.ts';

export type Verb = 'deploy' | 'rollback' | 'stop' | 'start' | 'restart' | 'undeploy' | 'purge';

/** What an operation does, to what, and where. */
export interface Subject {
  verb: Verb;
  service: string;
  /** What of the service, after its name: "v1.0.0", "to generation 3"; empty for just the service. */
  target: string;
  node: string;
}

const words: Record<Verb, { doing: string; done: string; upToDate: string; where: string }> = {
  deploy: { doing: 'Deploying', done: 'Deployed', upToDate: 'is up to date, nothing changed', where: 'to' },
  rollback: {
    doing: 'Rolling back',
    done: 'Rolled back',
    upToDate: 'would change nothing, and nothing changed',
    where: 'on',
  },
  stop: { doing: 'Stopping', done: 'Stopped', upToDate: 'is stopped already', where: 'on' },
  start: { doing: 'Starting', done: 'Started', upToDate: 'runs already', where: 'on' },
  restart: { doing: 'Restarting', done: 'Restarted', upToDate: 'has nothing to restart', where: 'on' },
  undeploy: {
    doing: 'Undeploying',
    done: 'Undeployed',
    upToDate: 'is not there, nothing to remove',
    where: 'from',
  },
  purge: { doing: 'Purging', done: 'Purged', upToDate: 'is purged already', where: 'on' },
};

const STEP_WIDTH = 18;
const DURATION_WIDTH = 8;

type Event = NonNullable<OperationEvent['event']>;

/** "Deploying exampled v1.0.0 to rift". */
export function titleLine(subject: Subject): string {
  const { doing, where } = words[subject.verb];
  return `${doing} ${named(subject)} ${where} ${subject.node}`;
}

/** The steps that run after `event`, given those that ran before it, in the order they began. */
export function runningSteps(running: readonly string[], event: Event): readonly string[] {
  switch (event.$case) {
    case 'stepStarted':
      return [...running.filter((step) => step !== event.value.step), event.value.step];
    case 'stepDone':
    case 'stepFailed':
      return running.filter((step) => step !== event.value.step);
    case 'started':
    case 'stepUndone':
      return running;
    case 'finished':
      return [];
  }
}

/** What goes on after `event` while no step runs, given what did before it. */
export function betweenSteps(between: string | undefined, event: Event): string | undefined {
  if (event.$case === 'started') return event.value.waitsFor === '' ? undefined : 'waiting';
  if (event.$case === 'stepFailed') return 'undoing';
  return event.$case === 'finished' ? undefined : between;
}

/** What an event leaves on a terminal: one line per step, and what a failure said. */
export function terminalLines(event: Event, paint: Paint): string[] {
  switch (event.$case) {
    case 'started': {
      const { operationId, joined, waitsFor } = event.value;
      return [
        ...(joined ? [`  … joined operation ${operationId}, already ${stateOf(waitsFor)}`] : []),
        ...(waitsFor === '' ? [] : [`  … waits for operation ${waitsFor} to end`]),
      ].map((line) => paint('dim', line));
    }
    case 'stepDone': {
      const { step, duration, detail } = event.value;
      const [first = '', ...rest] = detail.split('\n');
      const line = stepLine({ mark: paint('green', '✓'), step, ms: toMs(duration) });
      return [`${line}   ${first}`.trimEnd(), ...indent(rest, 4 + STEP_WIDTH + DURATION_WIDTH + 3)];
    }
    case 'stepFailed': {
      const { step, duration, error } = event.value;
      const line = stepLine({ mark: paint('red', '✗'), step, ms: toMs(duration) });
      return [line, ...indent(error.trimEnd().split('\n'), 6).map((text) => paint('red', text))];
    }
    case 'stepUndone': {
      const { step, error } = event.value;
      if (error === '') return [`  ${paint('yellow', '↩')} ${step.padEnd(STEP_WIDTH)}  undone`];
      return [
        `  ${paint('red', '!')} ${step.padEnd(STEP_WIDTH)}  not undone yet`,
        ...indent(error.trimEnd().split('\n'), 6).map((text) => paint('red', text)),
      ];
    }
    case 'stepStarted':
    case 'finished':
      return [];
  }
}

function stepLine({ mark, step, ms }: { mark: string; step: string; ms: number }): string {
  return `  ${mark} ${step.padEnd(STEP_WIDTH)}${formatDuration(ms).padStart(DURATION_WIDTH)}`;
}

function indent(lines: readonly string[], width: number): string[] {
  return lines.map((line) => ' '.repeat(width) + line);
}

/** What an event is in a log: one line, several only where a failure has several. */
export function logLines(event: Event): string[] {
  switch (event.$case) {
    case 'started': {
      const { operationId, joined, waitsFor } = event.value;
      if (joined) return [`joined operation ${operationId}, already ${stateOf(waitsFor)}`];
      return [`operation ${operationId}${waitsFor === '' ? ' started' : ` waits for operation ${waitsFor}`}`];
    }
    case 'stepStarted':
      return [`${event.value.step}: started`];
    case 'stepDone': {
      const { step, duration, detail } = event.value;
      return prefixed(step, `done in ${formatDuration(toMs(duration))}${detail === '' ? '' : `: ${detail}`}`);
    }
    case 'stepFailed': {
      const { step, duration, error } = event.value;
      return prefixed(step, `failed after ${formatDuration(toMs(duration))}: ${error.trimEnd()}`);
    }
    case 'stepUndone': {
      const { step, error } = event.value;
      return prefixed(step, error === '' ? 'undone' : `not undone yet: ${error.trimEnd()}`);
    }
    case 'finished':
      return [];
  }
}

function stateOf(waitsFor: string): string {
  return waitsFor === '' ? 'running' : 'waiting';
}

function prefixed(step: string, text: string): string[] {
  return text.split('\n').map((line) => `${step}: ${line}`);
}

/** How the operation ended, for the last line. */
export interface Outcome {
  ok: boolean;
  /** What is true now. */
  text: string;
}

/** What is true of the service now that the operation ended. */
export function outcomeOf(finished: OperationFinished, subject: Subject): Outcome {
  const { doing, done, upToDate, where } = words[subject.verb];
  const { service, node } = subject;
  const addresses = finished.addresses.length > 0 ? `: ${finished.addresses.join(', ')}` : '';
  switch (finished.state) {
    case OperationState.SUCCEEDED: {
      const took = formatDuration(toMs(finished.duration));
      const now = subject.verb === 'rollback' ? `, now generation ${finished.generation}` : '';
      return { ok: true, text: `${done} ${named(subject)} ${where} ${node} in ${took}${now}${addresses}` };
    }
    case OperationState.UP_TO_DATE:
      return { ok: true, text: `${named(subject)} ${upToDate} (${node})${addresses}` };
    case OperationState.ROLLED_BACK:
      return {
        ok: false,
        text: `${subject.verb === 'rollback' ? 'undone' : 'rolled back'}: ${asBefore(finished, service)}`,
      };
    case OperationState.STUCK:
      return { ok: false, text: stuckText(finished, service) };
    default:
      return {
        ok: false,
        text: `${doing.toLowerCase()} ${service} ended in state ${finished.state}, which this mcp does not know: upgrade it`,
      };
  }
}

/** What is true of the service now that an operation was cancelled: `operation` is "deploy 1a2b3c4d5e6f of web". */
export function cancelOutcomeOf(
  finished: OperationFinished,
  { service, operation }: { service: string; operation: string },
): Outcome {
  switch (finished.state) {
    case OperationState.ROLLED_BACK:
      return { ok: true, text: `cancelled: ${asBefore(finished, service)}` };
    case OperationState.STUCK:
      return { ok: false, text: stuckText(finished, service) };
    default:
      return { ok: false, text: `${operation} was done before it could be cancelled` };
  }
}

function asBefore({ generation }: OperationFinished, service: string): string {
  return generation > 0n ? `${service} runs as before` : `${service} does not run, as before`;
}

function stuckText({ stuck }: OperationFinished, service: string): string {
  return `stuck: ${stuck.join(', ')} could not be finished, the agent keeps trying; see mcp status ${service}`;
}

function named({ service, target }: Subject): string {
  return `${service} ${target}`.trimEnd();
}
