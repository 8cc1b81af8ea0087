import { EventKind, type Problem } from '@mcp/proto/agent';
import type { EventLog, OpenEvent } from '../events/event-log.ts';
import type { Observed } from '../status/observe.ts';
import type { RegisteredService } from '../store.ts';
import { compareEpisodes, type Episode } from './episodes.ts';
import { finding, keyOf, messageOf, toProblem, type Finding, type FindingState } from './finding.ts';
import { findingsOf, type KnowsOperation } from './findings.ts';
import { remainingDeaths, withDeath, type Deaths, type FlappingLimits } from './flapping.ts';
import { inWords } from './in-words.ts';
import { repairDueAt, withAttempt, type RepairHistory } from './repair-schedule.ts';

export interface ServiceWatchOptions {
  name: string;
  events: EventLog;
  knowsOperation: KnowsOperation;
  flapping: FlappingLimits;
  /** How long something must last that may pass by itself before it is told. */
  patienceMs: number;
  /** False when the agent only reports. */
  reconcile: boolean;
  now(): Date;
}

/** How a repair ended. The error is empty when it ended well. */
export interface RepairEnd {
  operationId: string;
  error: string;
}

/** What is remembered of one service between looks: it tells events, and knows what is to be repaired. */
export interface ServiceWatch {
  /** Goes on with what an earlier process told and nothing ended. */
  resume(open: OpenEvent): void;
  /** A container died, and no operation did it. */
  died(component: string, death: { time: Date; exitCode: number }): void;
  look(service: RegisteredService, observed: Observed): void;
  /** Looks at a service that is not in the registry: these are containers that have its labels. */
  lookAtStrays(findings: readonly Finding[]): void;
  /** When the next repair may be tried; undefined when there is nothing to repair. */
  repairAt(): Date | undefined;
  repaired(end: RepairEnd): void;
  /** True while something is open that a look may end. */
  isOpen(): boolean;
  problems(): Problem[];
}

/** What a repair is for. */
interface Need {
  findings: readonly Finding[];
  containerDied: boolean;
}

interface CompareOptions {
  isUncertain(found: Finding): boolean;
  operationId: string;
  /** What an end is called. */
  endWords(state: FindingState): string;
}

export function createServiceWatch(options: ServiceWatchOptions): ServiceWatch {
  const { name, events, knowsOperation, flapping, patienceMs, reconcile, now } = options;
  let episodes: ReadonlyMap<string, Episode> = new Map();
  /** What should run at the last look; undefined when there was none. */
  let shouldRun: number | 'nothing' | undefined;
  const deaths = new Map<string, Deaths>();
  let need: Need | undefined;
  /** A repair that ended well; the next look says whether it helped. */
  let unproven: (RepairEnd & { need: Need; at: Date }) | undefined;
  let history: RepairHistory | undefined;

  /** Tells what changed. What ended was ended by the operation, if one is given. */
  function compare(
    findings: readonly Finding[],
    { isUncertain, operationId, endWords }: CompareOptions,
  ): void {
    const time = now();
    const { begun, ended, ...changes } = compareEpisodes(episodes, {
      findings,
      now: time,
      patienceMs,
      isUncertain,
    });
    episodes = changes.episodes;
    for (const found of begun) {
      const { resource, subject, state } = found;
      const message = messageOf(found, reconcile);
      events.append({ time, kind: kindOf(state), service: name, resource, subject, state, message });
    }
    for (const { resource, subject, state } of ended) {
      const message = `${subject} ${endWords(state)}`;
      const kind = EventKind.REPAIRED;
      events.append({ time, kind, service: name, resource, subject, state, message, operationId });
    }
  }

  /** Sees whether the repair that ended well helped. Returns its id; empty when there was none. */
  function proveRepair(findings: readonly Finding[]): string {
    if (!unproven) return '';
    const { operationId, need, at } = unproven;
    const left = findings.find(({ key }) => need.findings.some((each) => each.key === key));
    const error = left ? `it ended well, but ${left.message}` : '';
    history = withAttempt(history, { at, operationId, error }, need);
    unproven = undefined;
    return operationId;
  }

  /** What should run now begins with a clean record, unless a repair made it. */
  function forgetWhatIsPast({ active, generation }: RegisteredService): void {
    const before = shouldRun;
    shouldRun = active ? generation.number : 'nothing';
    const isNew = before !== undefined && before !== shouldRun && !unproven;
    if (isNew) history = undefined;
    if (isNew || !active) deaths.clear();
  }

  function flappingFindings(): Finding[] {
    for (const [component, each] of deaths) {
      const left = remainingDeaths(each, now(), flapping);
      if (!left) deaths.delete(component);
    }
    return [...deaths]
      .filter(([, { isFlapping }]) => isFlapping)
      .map(([component, { lastExitCode }]) => {
        const often = `${flapping.deaths} times within ${inWords(flapping.withinMs)}`;
        const last = lastExitCode === undefined ? '' : `, last with exit code ${lastExitCode}`;
        return finding({
          resource: 'container',
          subject: component,
          component,
          state: 'flapping',
          message: `${component} keeps dying: ${often}${last}; it is left to its restart policy`,
          advice: `see mcp logs ${name} ${component}`,
          repairedBy: 'operator',
        });
      });
  }

  return {
    resume({ event: { resource, message, time = now() }, subject, state }) {
      const told = state as FindingState;
      const found = finding({
        resource: resource as Finding['resource'],
        subject,
        component: undefined,
        state: told,
        message,
        repairedBy: 'operator',
      });
      episodes = new Map([...episodes, [keyOf(found), { finding: found, since: time, told }]]);
      // Nobody counted while the agent was away: it takes the whole quiet time to end.
      if (told === 'flapping')
        deaths.set(subject, { times: [now()], lastExitCode: undefined, isFlapping: true });
    },
    died(component, death) {
      deaths.set(component, withDeath(deaths.get(component), death, flapping));
    },
    look(service, observed) {
      forgetWhatIsPast(service);
      const isFlapping = flappingFindings();
      const hides = ({ component, state }: Finding) =>
        (state === 'exited' || state === 'unhealthy') &&
        isFlapping.some((each) => each.component === component);
      const silent = new Set(observed.unanswered.map(({ resource }) => resource));
      const found = findingsOf(service, observed, knowsOperation);

      compare([...isFlapping, ...found.filter((each) => !hides(each))], {
        isUncertain: (each) => hides(each) || silent.has(each.resource),
        operationId: proveRepair(found),
        endWords: (state) => endWords[state] ?? 'is as recorded again',
      });

      // A health check that fails may pass by itself: only what was told is repaired.
      const lasts = ({ key, state }: Finding) =>
        state !== 'unhealthy' || episodes.get(key)?.told === 'unhealthy';
      const toRepair = found.filter((each) => each.repairedBy === 'agent' && lasts(each));
      // A repair that needs what does not answer would fail, and one of a flapping service too. While only
      // the proxy or the DNS server is away, containers can be brought back all the same.
      const isElsewhere = toRepair.every(({ resource }) => resource !== 'container');
      const isHopeless =
        silent.size > 0 ||
        isFlapping.length > 0 ||
        (isElsewhere && found.some(({ state }) => state === 'unknown'));
      const containerDied = toRepair.some(({ state }) => state === 'exited' || state === 'unhealthy');
      need =
        reconcile && toRepair.length > 0 && !isHopeless ? { findings: toRepair, containerDied } : undefined;
    },
    lookAtStrays(findings) {
      deaths.clear();
      history = undefined;
      unproven = undefined;
      need = undefined;
      compare(findings, { isUncertain: () => false, operationId: '', endWords: () => 'is gone' });
    },
    repairAt: () => need && repairDueAt(history, need, now()),
    repaired(end) {
      if (!need) return;
      if (end.error === '') unproven = { ...end, need, at: now() };
      else history = withAttempt(history, { ...end, at: now() }, need);
    },
    isOpen: () => episodes.size > 0,
    problems() {
      const shown = [...episodes.values()]
        .map((each) => each.finding)
        .filter(({ state }) => state === 'flapping' || state === 'foreign')
        .map((each) => toProblem(each, reconcile));
      if (!need || !history || history.lastError === '') return shown;
      const { lastOperationId, lastError } = history;
      const nextMs = repairDueAt(history, need, now()).getTime() - now().getTime();
      const next = nextMs > 0 ? `it is tried again in ${inWords(nextMs)}` : 'it is tried again now';
      const which = lastOperationId === '' ? 'repair' : `repair ${lastOperationId}`;
      return [...shown, { resource: 'repair', message: `${which} failed, ${next}: ${lastError}` }];
    },
  };
}

function kindOf(state: FindingState): EventKind {
  if (state === 'foreign') return EventKind.FOREIGN;
  return state === 'flapping' ? EventKind.FLAPPING : EventKind.DRIFT;
}

const endWords: { [state in FindingState]?: string } = {
  foreign: 'is gone',
  leftover: 'is gone',
  flapping: 'is quiet again',
};
