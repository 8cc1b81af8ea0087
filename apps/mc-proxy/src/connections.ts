import { ServiceError } from '@mcp/daemon/errors';
import { OPEN_TABLES } from './haproxy-config.ts';
import { parseOpen, type Runtime } from './haproxy-runtime.ts';

/** What is open to one backend. */
export interface OpenConnections {
  requests: number;
  streams: number;
}

/** Counts what HAProxy has open to backends, by "<ip>/<port>" as its maps have them. Throws unavailable. */
export async function countOpen(runtime: Runtime, targets: readonly string[]): Promise<OpenConnections[]> {
  const [requests, streams] = await Promise.all([
    openIn(runtime, OPEN_TABLES.requests),
    openIn(runtime, OPEN_TABLES.streams),
  ]);
  return targets.map((target) => ({
    requests: requests.get(target) ?? 0,
    streams: streams.get(target) ?? 0,
  }));
}

async function openIn(runtime: Runtime, table: string): Promise<Map<string, number>> {
  const counts = parseOpen(await runtime.ask(`show table ${table} data.conn_cur gt 0`));
  // To take it for nothing open would cut what is.
  if (!counts) throw new ServiceError('unavailable', `HAProxy has no table ${table}`);
  return counts;
}
