import { isIPv4, isIPv6 } from 'node:net';
import { ServiceError } from '@mcp/daemon/errors';
import { RecordType, type Record } from '@mcp/proto/dnsd';
import { describeRecord, recordKey, type DnsRecord, type TypeName } from './records.ts';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const MAX_NAME_LENGTH = 253;
const MAX_TEXT_BYTES = 4096;
const MAX_TTL_S = 604_800;

const typeNames = new Map<RecordType, TypeName>([
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

/** The spelling of a value by which two are compared; one that is no value of the type stays as it is. */
export function canonicalValue(type: TypeName, value: string): string {
  if (type === 'AAAA' && isIPv6(value) && !value.includes('%'))
    return new URL(`http://[${value}]`).hostname.slice(1, -1);
  return type === 'CNAME' ? canonicalName(value) : value;
}

/** ASCII letters in lower case, without the final dot. */
export function canonicalName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\.$/, '');
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

function requireValue(type: TypeName, value: string, name: string): string {
  const field = 'records.value';
  if (type === 'CNAME') return requireName(value, field);
  if (type === 'A' && !isIPv4(value))
    throw invalid(field, `of ${name} must be an IPv4 address, not "${value}"`);
  if (type === 'AAAA' && (!isIPv6(value) || value.includes('%')))
    throw invalid(field, `of ${name} must be an IPv6 address, not "${value}"`);
  if (type === 'TXT' && (value === '' || Buffer.byteLength(value) > MAX_TEXT_BYTES))
    throw invalid(field, `of ${name} must be text of 1 to ${MAX_TEXT_BYTES} octets`);
  return canonicalValue(type, value);
}

function requireName(text: string, field: string): string {
  const name = canonicalName(text);
  if (name.length <= MAX_NAME_LENGTH && name.split('.').every((label) => LABEL.test(label))) return name;
  throw invalid(
    field,
    `"${text}" is not a DNS name: labels of 1 to 63 letters, digits, "-" and "_", ${MAX_NAME_LENGTH} in all`,
  );
}

function requireTtl(ttl: number): number {
  if (ttl <= MAX_TTL_S) return ttl;
  throw invalid('records.ttl', `must be 1 to ${MAX_TTL_S} seconds, not ${ttl}`);
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}
