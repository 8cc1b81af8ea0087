import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallerContext } from '@mcp/daemon/access';
import type { AgentServiceImplementation, Generation } from '@mcp/proto/agent';
import type { EventLog } from '../events/event-log.ts';
import type { Journal } from '../operations/journal.ts';
import { toProtoOperation } from '../operations/messages.ts';
import type { RecordedGeneration, Store } from '../store.ts';
import type { Requests } from './requests.ts';

type PastCalls = Pick<
  AgentServiceImplementation<CallerContext>,
  'listOperations' | 'listEvents' | 'watchEvents' | 'listGenerations' | 'listUndeployed'
>;

const DEFAULT_LISTED = 50;

/** The RPCs that tell what was: operations, events, generations. */
export function createPastCalls({
  dataDir,
  store,
  journal,
  events,
  requests: { requireService },
}: {
  dataDir: string;
  store: Store;
  journal: Journal;
  events: EventLog;
  requests: Requests;
}): PastCalls {
  return {
    async listOperations({ service, limit }) {
      return { operations: journal.list(service, limit || DEFAULT_LISTED).map(toProtoOperation) };
    },
    async listEvents({ service, limit }) {
      return { events: events.list(service, limit || DEFAULT_LISTED) };
    },
    async *watchEvents({ service }, { signal }) {
      for await (const event of events.follow(service, signal)) yield { event };
    },
    async listGenerations({ service }) {
      const recorded = store.generations(service);
      if (recorded.length === 0) requireService(service);
      const current = store.find(service)?.generation.number;
      return { generations: recorded.map((each) => toProtoGeneration(each, current)) };
    },
    async listUndeployed() {
      const services = store.undeployed().map(async (name) => {
        const path = join(dataDir, name);
        const [last] = store.generations(name);
        return {
          name,
          last: last && toProtoGeneration(last, undefined),
          dataPath: (await isThere(path)) ? path : '',
        };
      });
      return { services: await Promise.all(services) };
    },
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function toProtoGeneration(
  { generation, createdAt }: RecordedGeneration,
  current: number | undefined,
): Generation {
  const { number, spec } = generation;
  return { number: BigInt(number), version: spec.version, createdAt, current: number === current };
}
