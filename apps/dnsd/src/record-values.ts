import { ServiceError } from '@mcp/daemon/errors';
import { canonicalName, whyNotName } from '@mcp/dns/names';
import { whyNotTtl } from '@mcp/dns/ttl';
import { canonicalValue, whyNotValue, type RecordType as RecordTypeName } from '@mcp/dns/values';
import { RecordType, type Record } from '@mcp/proto/dnsd';
import { describeRecord, recordKey, type DnsRecord } from './records.ts';

const typeNames = new Map<RecordType, RecordTypeName>([
  [RecordType.A, 'A'],
  [RecordType.AAAA, 'AAAA'],
  [RecordType.CNAME, 'CNAME'],
  [RecordType.TXT, 'TXT'],
]);

/**
 * Returns the one spelling of every record: names in lower case without the final dot, IPv6
 * addresses as in RFC 5952, `defaultTtl` seconds for a TTL of 0. Throws invalid_argument
 * naming the field.
 */
export function requireRecords(records: readonly Record[], defaultTtl: number): DnsRecord[] {
  const seen = new Set<string>();
  return records.map((message) => {
    const record = requireRecord(message, defaultTtl);
    if (seen.has(recordKey(record))) throw invalid('records', `${describeRecord(record)} is there twice`);
    seen.add(recordKey(record));
    return record;
  });
}

/** The record for an answer over gRPC. */
export function toMessage({ name, type, value, ttl }: DnsRecord): Record {
  const [number = RecordType.UNSPECIFIED] = [...typeNames].find(([, each]) => each === type) ?? [];
  return { name, type: number, value, ttl };
}

function requireRecord(message: Record, defaultTtl: number): DnsRecord {
  const name = requireName(message.name, 'records.name');
  const type = typeNames.get(message.type);
  if (type === undefined) throw invalid('records.type', `of ${name} must be A, AAAA, CNAME or TXT`);
  return {
    name,
    type,
    value: requireValue(type, message.value, name),
    ttl: requireTtl(message.ttl || defaultTtl),
  };
}

function requireValue(type: RecordTypeName, value: string, name: string): string {
  const reason = whyNotValue(type, value);
  if (reason !== undefined) throw invalid('records.value', `of ${name} ${reason}`);
  return canonicalValue(type, value);
}

function requireName(text: string, field: string): string {
  const name = canonicalName(text);
  const reason = whyNotName(name);
  if (reason !== undefined) throw invalid(field, `"${text}" is not a DNS name: ${reason}`);
  return name;
}

function requireTtl(ttl: number): number {
  const reason = whyNotTtl(ttl);
  if (reason !== undefined) throw invalid('records.ttl', reason);
  return ttl;
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}
