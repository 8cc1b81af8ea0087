import type { RegisteredService } from '../audit/registry.ts';
import type { Violation } from '../audit/violation.ts';
import { versions, type Version } from './definitions.ts';
import type { Ending } from './run-operation.ts';
import { describeAction, type Action, type PlannedOperation } from './schedule.ts';

/** What a service must be, by what its callers were told. */
export type Expected =
  | { state: 'gone' }
  | {
      state: 'active' | 'stopped';
      /** Several when the caller left the choice to the agent. */
      versions: readonly Version[];
    };

/** What every service must be; everything else is a lie that somebody was told. */
export interface Model {
  /**
   * Takes in how an operation ended. Returns what is wrong with that alone: a broken version that was
   * deployed, a refusal without a reason. `disturbed`: something was killed shortly before or during it.
   */
  ended(operation: PlannedOperation, ending: Ending, disturbed: boolean): Violation[];
  /** What the registry has against what the callers were told. */
  compare(services: readonly RegisteredService[]): Violation[];
}

export function createModel(services: readonly string[]): Model {
  const expected = new Map<string, Expected>(services.map((service) => [service, { state: 'gone' }]));
  return {
    ended({ number, service, action }, ending, disturbed) {
      const before = expected.get(service)!;
      const problem = judge(before, action, ending, disturbed);
      if (ending.outcome === 'succeeded' || ending.outcome === 'up to date')
        expected.set(service, afterSuccess(before, action));
      if (problem === undefined) return [];
      const what = `${describeAction(action)} of ${service}, operation ${number}, ${problem}`;
      return [{ where: 'agent', what }];
    },
    compare: (registered) =>
      [...expected].flatMap(([service, wanted]) =>
        compareOne(
          service,
          wanted,
          registered.find(({ name }) => name === service),
        ),
      ),
  };
}

function judge(before: Expected, action: Action, ending: Ending, disturbed: boolean): string | undefined {
  const { outcome, detail } = ending;
  switch (outcome) {
    case 'endless':
    case 'internal error':
      return `${outcome}: ${detail}`;
    case 'refused':
      return mayRefuse(before, action) ? undefined : `was refused: ${detail}`;
    case 'rolled back':
    case 'not begun':
      if (disturbed || action.kind === 'deploy broken' || action.kind === 'deploy and cancel')
        return undefined;
      return `failed although nothing was killed: ${outcome}: ${detail}`;
    default:
      return action.kind === 'deploy broken' ? `${outcome}, and must not` : undefined;
  }
}

/** True where a refusal may be right: what the agent is asked for makes no sense for the service. */
function mayRefuse(before: Expected, { kind }: Action): boolean {
  switch (kind) {
    case 'stop':
    case 'start':
      return before.state === 'gone';
    case 'restart':
      return before.state !== 'active';
    case 'rollback':
    case 'purge':
      return true;
    default:
      return false;
  }
}

function afterSuccess(before: Expected, action: Action): Expected {
  switch (action.kind) {
    case 'deploy':
    case 'deploy again':
    case 'deploy and cancel':
      return { state: 'active', versions: [action.version] };
    case 'stop':
      return before.state === 'gone' ? before : { ...before, state: 'stopped' };
    case 'start':
      return before.state === 'gone' ? before : { ...before, state: 'active' };
    case 'rollback': {
      const other = before.state !== 'gone' && before.versions.length === 1 ? before.versions : [];
      return { state: 'active', versions: versions.filter((version) => !other.includes(version)) };
    }
    case 'undeploy':
      return { state: 'gone' };
    case 'deploy broken':
    case 'restart':
    case 'purge':
      return before;
  }
}

function compareOne(service: string, wanted: Expected, found: RegisteredService | undefined): Violation[] {
  const is = found ? `${found.active ? 'active' : 'stopped'} ${found.spec.version}` : 'gone';
  const right =
    wanted.state === 'gone'
      ? found === undefined
      : found !== undefined &&
        found.active === (wanted.state === 'active') &&
        wanted.versions.some((version) => version === found.spec.version);
  if (right) return [];
  const should = wanted.state === 'gone' ? 'gone' : `${wanted.state} ${wanted.versions.join(' or ')}`;
  return [{ where: 'registry', what: `${service} is ${is}; its callers were told that it is ${should}` }];
}
