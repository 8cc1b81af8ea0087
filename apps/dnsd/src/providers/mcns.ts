import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { ServiceError } from '@mcp/daemon/errors';
import type { ZoneConfig } from '../config.ts';
import { canonicalName } from '@mcp/dns/names';
import { canonicalValue, recordTypes } from '@mcp/dns/values';
import { describeRecord, recordKey, type DnsRecord, type HeldRecord } from '../records.ts';
import { createHttpsAgent, type HttpsRequest, type HttpsResponse } from './https-agent.ts';
import type { CallOptions, Provider } from './provider.ts';

const APEX = '@';

const RecordList = v.object({
  records: v.array(
    v.object({ id: v.number(), name: v.string(), type: v.string(), value: v.string(), ttl: v.number() }),
  ),
});
const ErrorBody = v.object({ error: v.string() });

interface Call extends CallOptions, Pick<HttpsRequest, 'method'> {
  /** Below the zone's records. */
  path?: string;
  body?: object;
  /** For messages, for example "list the records of svc.test". */
  doing: string;
}

export interface McnsProvider extends Provider {
  close(): void;
}

/** One zone at an MCNS server, over its REST API (apps/mcns/README.md). Connects at the first call. */
export function createMcnsProvider(zone: string, config: Omit<ZoneConfig, 'name'>): McnsProvider {
  const origin = new URL(config.server_url).origin;
  const agent = createHttpsAgent({ origin, caFile: config.ca_cert });

  async function send({ method, path = '', body, doing, signal }: Call): Promise<HttpsResponse> {
    const headers: Record<string, string> = { authorization: `Bearer ${readToken(config.token_path)}` };
    if (body) headers['content-type'] = 'application/json';
    const options = { method, path: `/v1/zones/${zone}/records${path}`, headers, signal };
    const response = await agent
      .send({ ...options, body: body && JSON.stringify(body) })
      .catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new ServiceError('unavailable', `mcns at ${origin}: ${doing}`, { cause });
      });
    if (response.status < 500 && response.status !== 429) return response;
    throw new ServiceError('unavailable', `mcns at ${origin}: ${doing}: ${said(response)}`);
  }

  function requireSuccess(response: HttpsResponse, doing: string): void {
    if (response.status >= 200 && response.status < 300) return;
    throw new ServiceError('failed_precondition', `mcns at ${origin} refuses to ${doing}: ${said(response)}`);
  }

  async function list({ name, signal }: CallOptions & { name?: string }): Promise<HeldRecord[]> {
    const doing = `list the records of ${name ?? zone}`;
    const path = name === undefined ? '' : `?name=${encodeURIComponent(relativeName(name))}`;
    const response = await send({ method: 'GET', path, doing, signal });
    requireSuccess(response, doing);
    const result = v.safeParse(RecordList, parseJson(response.text));
    if (!result.success)
      throw new ServiceError('unavailable', `mcns at ${origin}: ${doing}: the answer is no list of records`);
    return result.output.records.flatMap(({ id, name: relative, type, value, ttl }) => {
      const known = recordTypes.find((each) => each === type);
      if (known === undefined) return [];
      const full = canonicalName(relative === APEX ? zone : `${relative}.${zone}`);
      return [{ id: String(id), name: full, type: known, value: canonicalValue(known, value), ttl }];
    });
  }

  function relativeName(name: string): string {
    return name === zone ? APEX : name.slice(0, -(zone.length + 1));
  }

  function toBody({ name, type, value, ttl }: DnsRecord) {
    return { name: relativeName(name), type, value, ttl };
  }

  return {
    name: 'mcns',
    list,
    async create(record, { signal }) {
      const doing = `create ${describeRecord(record)}`;
      const response = await send({ method: 'POST', body: toBody(record), doing, signal });
      if (response.status === 409) {
        // The answer to an earlier request may have been lost.
        const held = await list({ name: record.name, signal });
        if (held.some((each) => recordKey(each) === recordKey(record) && each.ttl === record.ttl)) return;
      }
      requireSuccess(response, doing);
    },
    async update(record, { signal }) {
      const doing = `set the TTL of ${describeRecord(record)}`;
      const path = `/${record.id}`;
      requireSuccess(await send({ method: 'PUT', path, body: toBody(record), doing, signal }), doing);
    },
    async remove(record, { signal }) {
      const doing = `delete ${describeRecord(record)}`;
      const response = await send({ method: 'DELETE', path: `/${record.id}`, doing, signal });
      if (response.status !== 404) requireSuccess(response, doing);
    },
    close: () => agent.close(),
  };
}

function said({ status, text }: HttpsResponse): string {
  const result = v.safeParse(ErrorBody, parseJson(text));
  return result.success ? result.output.error : `status ${status}`;
}

/** Undefined when it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ServiceError('failed_precondition', `read mcns token file ${path}`, { cause });
  }
}
