import type { Context } from 'hono';
import * as v from 'valibot';
import { ServiceError } from '@mcp/daemon/errors';
import type { Zone } from '@mcp/proto/mcns';
import type { RecordInput } from '../records.ts';
import type { StoredRecord, ZoneData } from '../store.ts';

/** What MCNS sets itself: a body may repeat it, so that what was read can be sent back, and it is ignored. */
const RecordBody = v.strictObject({
  name: v.string(),
  type: v.string(),
  value: v.string(),
  ttl: v.optional(v.number(), 0),
  id: v.optional(v.unknown()),
  zone: v.optional(v.unknown()),
  created_at: v.optional(v.unknown()),
  updated_at: v.optional(v.unknown()),
});

const ZoneBody = v.strictObject({
  name: v.optional(v.string(), ''),
  primary_ns: v.string(),
  admin_email: v.string(),
  refresh: v.optional(v.number(), 0),
  retry: v.optional(v.number(), 0),
  expire: v.optional(v.number(), 0),
  minimum_ttl: v.optional(v.number(), 0),
  serial: v.optional(v.unknown()),
});

/** The record in a request's body. Throws invalid_argument naming the field. */
export async function readRecord(context: Context): Promise<RecordInput> {
  return readBody(context, RecordBody);
}

/** The zone in a request's body. Throws invalid_argument naming the field. */
export async function readZone(context: Context): Promise<ZoneData> {
  const { name, primary_ns, admin_email, refresh, retry, expire, minimum_ttl } = await readBody(
    context,
    ZoneBody,
  );
  return {
    name,
    primaryNs: primary_ns,
    adminEmail: admin_email,
    refresh,
    retry,
    expire,
    minimumTtl: minimum_ttl,
  };
}

export function recordJson({ id, zone, name, type, value, ttl, createdAt, updatedAt }: StoredRecord) {
  return {
    id,
    zone,
    name,
    type,
    value,
    ttl,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

export function zoneJson({ primaryNs, adminEmail, minimumTtl, serial, ...zone }: Zone) {
  const { name, refresh, retry, expire } = zone;
  return {
    name,
    primary_ns: primaryNs,
    admin_email: adminEmail,
    refresh,
    retry,
    expire,
    minimum_ttl: minimumTtl,
    serial,
  };
}

async function readBody<Schema extends v.GenericSchema<unknown, unknown>>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const text = await context.req.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new ServiceError('invalid_argument', 'the body is not JSON', { cause });
  }
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? 'the body';
  throw new ServiceError('invalid_argument', `${field} ${reasonOf(issue)}`, { details: { field } });
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'is not a known field';
  if (issue.received === 'undefined') return 'is required';
  return `must be ${issue.expected === 'Object' ? 'an object' : `a ${issue.expected}`}, not ${issue.received}`;
}
