import { seededRandom, type Random } from './random.ts';
import { serviceNames, versions, type Breakage, type Version } from './definitions.ts';

/** Everything that may be killed. "podman" is the API service, "haproxy" the data plane. */
export const killTargets = [
  'agent',
  'portd',
  'certd',
  'routed',
  'dnsd',
  'mc-proxy',
  'haproxy',
  'mcns',
  'metacrypt',
  'podman',
] as const;
export type KillTarget = (typeof killTargets)[number];

/** What is asked of the agent. */
export type Action =
  | { kind: 'deploy' | 'deploy again'; version: Version }
  | { kind: 'deploy broken'; breakage: Breakage }
  | { kind: 'deploy and cancel'; version: Version; cancelAfterMs: number }
  | { kind: 'stop' | 'start' | 'restart' | 'undeploy' | 'rollback' | 'purge' };
export type ActionKind = Action['kind'];

/** SIGKILL for a process, so long after the operation was asked for. */
export interface Kill {
  target: KillTarget;
  afterMs: number;
}

export interface PlannedOperation {
  /** From 1. */
  number: number;
  service: string;
  action: Action;
  kills: Kill[];
}

/** Operations on different services that begin at once. */
export interface Round {
  /** They begin once everything that was killed is back; else while it may still be down. */
  waits: boolean;
  operations: PlannedOperation[];
}

export interface ScheduleOptions {
  seed: number;
  operations: number;
  services: number;
  /** None of them: nothing is killed. */
  targets: readonly KillTarget[];
}

/** What a service would be if everything worked: what the next operation is chosen by. */
interface Imagined {
  state: 'gone' | 'active' | 'stopped';
  version: Version;
  /** Deployed at least once. */
  known: boolean;
}

/** How long an operation takes about: kills fall into it. */
const typicalMs: Record<ActionKind, number> = {
  deploy: 1800,
  'deploy again': 300,
  'deploy broken': 2000,
  'deploy and cancel': 1500,
  stop: 900,
  start: 1200,
  restart: 1000,
  undeploy: 1200,
  rollback: 1800,
  purge: 100,
};

const weights: Record<Imagined['state'], readonly (readonly [ActionKind, number])[]> = {
  gone: [
    ['deploy', 70],
    ['deploy broken', 8],
    ['deploy and cancel', 6],
    ['purge', 12],
    ['undeploy', 4],
  ],
  active: [
    ['deploy', 45],
    ['deploy broken', 10],
    ['deploy again', 7],
    ['deploy and cancel', 10],
    ['stop', 11],
    ['restart', 10],
    ['undeploy', 10],
    ['rollback', 10],
    ['start', 2],
  ],
  stopped: [
    ['start', 50],
    ['deploy', 20],
    ['undeploy', 12],
    ['rollback', 6],
    ['deploy broken', 4],
    ['stop', 4],
    ['restart', 4],
  ],
};

/** A pure function of its options: the same seed gives the same operations, versions, kills and delays. */
export function planSchedule({ seed, operations, services, targets }: ScheduleOptions): Round[] {
  const random = seededRandom(seed);
  const names = serviceNames(services);
  const imagined = new Map<string, Imagined>(
    names.map((name) => [name, { state: 'gone', version: 'v1', known: false }]),
  );
  const rounds: Round[] = [];
  for (let number = 1; number <= operations;) {
    const width = random.weighted([
      [1, 55],
      [2, 30],
      [3, 15],
    ]);
    const free = [...names];
    const round: Round = { waits: random.chance(0.8), operations: [] };
    // Everything is deployed once before anything else happens.
    const first = number <= names.length;
    const last = Math.min(
      number + Math.min(width, names.length) - 1,
      first ? names.length : operations,
      operations,
    );
    for (; number <= last; number++) {
      const service = first ? names[number - 1]! : random.pick(free);
      free.splice(free.indexOf(service), 1);
      const before = imagined.get(service)!;
      const action = first ? firstDeploy(random) : chooseAction(random, before);
      imagined.set(service, after(before, action));
      const kills = planKills(random, action, targets);
      // The first deploys are left alone: what is not there cannot be broken.
      round.operations.push({ number, service, action, kills: first ? [] : kills });
    }
    rounds.push(round);
  }
  return rounds;
}

function firstDeploy(random: Random): Action {
  return { kind: 'deploy', version: random.pick(versions) };
}

function chooseAction(random: Random, { state, version, known }: Imagined): Action {
  const kind = random.weighted(weights[state].filter(([each]) => known || each !== 'purge'));
  const other = random.pick(versions.filter((each) => state === 'gone' || each !== version));
  switch (kind) {
    case 'deploy':
      return { kind, version: other };
    case 'deploy again':
      return { kind, version };
    case 'deploy broken':
      return { kind, breakage: random.pick(['exit', 'unhealthy'] as const) };
    case 'deploy and cancel':
      return { kind, version: other, cancelAfterMs: random.between(0, typicalMs[kind]) };
    default:
      return { kind };
  }
}

function after(before: Imagined, action: Action): Imagined {
  switch (action.kind) {
    case 'deploy':
    case 'deploy again':
      return { state: 'active', version: action.version, known: true };
    case 'start':
      return before.state === 'gone' ? before : { ...before, state: 'active' };
    case 'rollback':
      return before.state === 'gone' ? before : { ...before, state: 'active' };
    case 'stop':
      return before.state === 'gone' ? before : { ...before, state: 'stopped' };
    case 'undeploy':
      return { ...before, state: 'gone' };
    case 'purge':
      return { ...before, known: before.state !== 'gone' };
    default:
      return before;
  }
}

/** Three operations of four meet a kill, some of them a second one while the first is being recovered from. */
function planKills(random: Random, { kind }: Action, targets: readonly KillTarget[]): Kill[] {
  // Drawn also when nothing is killed: the operations stay the same whatever the targets.
  const [first, second] = [random.chance(0.75), random.chance(0.25)];
  const [firstAt, gapMs] = [random.between(0, typicalMs[kind]), random.between(30, 2000)];
  const [one, two] = [random.next(), random.next()];
  if (targets.length === 0 || !first) return [];
  // The agent is where operations live: it is killed more often than the others.
  const likely = [...targets, ...targets.filter((target) => target === 'agent' || target === 'podman')];
  const target = (share: number) => likely[Math.floor(share * likely.length)]!;
  const kills = [{ target: target(one), afterMs: firstAt }];
  if (second) kills.push({ target: target(two), afterMs: firstAt + gapMs });
  return kills;
}

/** "deploy v2", "deploy broken (exit)", "stop". */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case 'deploy':
    case 'deploy again':
      return `${action.kind} ${action.version}`;
    case 'deploy broken':
      return `${action.kind} (${action.breakage})`;
    case 'deploy and cancel':
      return `deploy ${action.version}, cancel at ${seconds(action.cancelAfterMs)}`;
    default:
      return action.kind;
  }
}

/** "1.25 s". */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
