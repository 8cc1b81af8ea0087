import { ClientError, Status } from 'nice-grpc-common';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, DeadlineOption } from '@mcp/daemon/client';
import { poll } from '@mcp/daemon/wait';
import {
  AgentServiceDefinition,
  OperationKind,
  OperationState,
  type AgentServiceClient,
  type OperationEvent,
} from '@mcp/proto/agent';
import { BROKEN_VERSION, specOf } from './definitions.ts';
import type { Action, PlannedOperation } from './schedule.ts';

/** Longer than any operation may take to end, however often it is interrupted. */
const END_TIMEOUT_MS = 120_000;
const ASK_EVERY_MS = 100;
const KNOWN_OPERATIONS = 1000;

type Agent = AgentServiceClient<DeadlineOption>;

/** How an operation ended, as its caller learned it. */
export interface Ending {
  /**
   * "refused": the agent said no before it began. "not begun": the stream was lost and the agent knows of no
   * operation. "endless": it had not ended after two minutes. "internal error": the agent met a bug.
   */
  outcome:
    'succeeded' | 'up to date' | 'rolled back' | 'refused' | 'not begun' | 'endless' | 'internal error';
  /** The agent's words for anything but success. */
  detail: string;
  /** The agent was asked how it ended, because the stream broke. */
  streamLost: boolean;
  /** Empty when it never began. */
  operationId: string;
  durationMs: number;
}

/** Asks for an operation, follows it, and finds out how it ended even when the agent dies meanwhile. */
export async function runOperation(
  channel: Channel,
  { service, action }: Pick<PlannedOperation, 'service' | 'action'>,
): Promise<Ending> {
  const agent = channel.client(AgentServiceDefinition);
  const before = await operationsOf(agent, service);
  const known = new Set(before.map(({ id }) => id));
  const startedAt = performance.now();
  const { events, failure } = await follow(agent, service, action);
  const finished = events.find((event) => event.event?.$case === 'finished')?.event;
  const started = events.find((event) => event.event?.$case === 'started')?.event;
  const operationId = started?.$case === 'started' ? started.value.operationId : '';
  const ending = async (): Promise<Omit<Ending, 'durationMs'>> => {
    if (finished?.$case === 'finished' && finished.value.state !== OperationState.STUCK) {
      const { state, error } = finished.value;
      return { outcome: outcomeOf(state), detail: error, streamLost: false, operationId };
    }
    if (failure && isRefusal(failure)) {
      const outcome = /internal error/.test(failure.details) ? 'internal error' : 'refused';
      const detail = `${Status[failure.code]}: ${failure.details}`;
      return { outcome, detail, streamLost: false, operationId };
    }
    return {
      ...(await askHowItEnded(agent, { service, kind: kindOf(action), operationId, known })),
      streamLost: true,
    };
  };
  return { ...(await ending()), durationMs: performance.now() - startedAt };
}

/** Reads the operation's events to their end, and cancels it on the way when the action says so. */
async function follow(agent: Agent, service: string, action: Action) {
  const events: OperationEvent[] = [];
  const began = Promise.withResolvers<string>();
  const cancelling = action.kind === 'deploy and cancel' ? cancel(action.cancelAfterMs) : Promise.resolve();
  let failure: ClientError | undefined;
  try {
    for await (const { event } of begin(agent, service, action)) {
      if (!event) continue;
      events.push(event);
      if (event.event?.$case === 'started') began.resolve(event.event.value.operationId);
    }
  } catch (error) {
    if (error instanceof ClientError) failure = error;
    else if (!isTimeout(error)) throw error;
  }
  began.resolve('');
  await cancelling;
  return { events, failure };

  async function cancel(afterMs: number): Promise<void> {
    await delay(afterMs);
    const operationId = await began.promise;
    if (operationId === '') return;
    // Too late, or the agent is down: then the operation ends as it does.
    const stream = agent.cancel({ operationId }, { signal: AbortSignal.timeout(END_TIMEOUT_MS) });
    for await (const _ of ignoringErrors(stream));
  }
}

function begin(agent: Agent, service: string, action: Action) {
  const options = { signal: AbortSignal.timeout(END_TIMEOUT_MS) };
  switch (action.kind) {
    case 'deploy':
    case 'deploy again':
    case 'deploy and cancel':
      return agent.deploy({ spec: specOf(service, action.version) }, options);
    case 'deploy broken':
      return agent.deploy({ spec: specOf(service, BROKEN_VERSION, action.breakage) }, options);
    case 'rollback':
      return agent.rollback({ service }, options);
    case 'purge':
      return agent.purge({ service, data: true }, options);
    default:
      return agent[action.kind]({ service }, options);
  }
}

const kinds = {
  stop: OperationKind.STOP,
  start: OperationKind.START,
  restart: OperationKind.RESTART,
  undeploy: OperationKind.UNDEPLOY,
  rollback: OperationKind.ROLLBACK,
  purge: OperationKind.PURGE,
} as const;

function kindOf(action: Action): OperationKind {
  return 'version' in action || 'breakage' in action ? OperationKind.DEPLOY : kinds[action.kind];
}

/** What the journal says of an operation whose stream was lost; one that is not in it never began. */
async function askHowItEnded(
  agent: Agent,
  asked: { service: string; kind: OperationKind; operationId: string; known: ReadonlySet<string> },
): Promise<Omit<Ending, 'durationMs' | 'streamLost'>> {
  const { service, kind, known } = asked;
  let id = asked.operationId;
  const ended = await poll(
    async () => {
      const operations = await operationsOf(agent, service);
      // The agent begins operations of its own too.
      id ||= operations.find((each) => each.kind === kind && !known.has(each.id))?.id ?? '';
      const found = operations.find((each) => each.id === id);
      if (!found) return { outcome: 'not begun' as const, detail: 'the agent died before it began' };
      if (!isEnd(found.state)) return undefined;
      return { outcome: outcomeOf(found.state), detail: found.error };
    },
    { everyMs: ASK_EVERY_MS, timeoutMs: END_TIMEOUT_MS, signal: new AbortController().signal },
  );
  const endless = { outcome: 'endless' as const, detail: `not ended after ${END_TIMEOUT_MS / 1000} s` };
  return { ...(ended ?? endless), operationId: id };
}

/** Asks until the agent answers, which may have to be started again first. */
async function operationsOf(agent: Agent, service: string) {
  const answer = await poll(
    () =>
      agent
        .listOperations({ service, limit: KNOWN_OPERATIONS }, { deadline: 2000 })
        .catch((error: unknown) => {
          if (error instanceof ClientError) return undefined;
          throw error;
        }),
    { everyMs: ASK_EVERY_MS, timeoutMs: END_TIMEOUT_MS, signal: new AbortController().signal },
  );
  if (!answer) throw new Error(`the agent has not answered for ${END_TIMEOUT_MS / 1000} s`);
  return answer.operations;
}

async function* ignoringErrors<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    if (!(error instanceof ClientError) && !isTimeout(error)) throw error;
  }
}

function isEnd(state: OperationState): boolean {
  return (
    state === OperationState.SUCCEEDED ||
    state === OperationState.UP_TO_DATE ||
    state === OperationState.ROLLED_BACK
  );
}

function outcomeOf(state: OperationState): Ending['outcome'] {
  if (state === OperationState.SUCCEEDED) return 'succeeded';
  return state === OperationState.UP_TO_DATE ? 'up to date' : 'rolled back';
}

/** The codes with which grpc-js reports a connection that broke say nothing of the operation. */
function isRefusal({ code, details }: ClientError): boolean {
  if (code === Status.INTERNAL) return !/RST_STREAM/.test(details);
  return code !== Status.UNAVAILABLE && code !== Status.CANCELLED;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}
