import { lowerCase } from '@mcp/dns/names';
import type { Question } from './answer.ts';

const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;

const TYPES = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
]);
const CLASSES = new Map([
  [1, 'IN'],
  [255, 'ANY'],
]);

/**
 * Reads the question of a query, and its own bytes, so that a reply can repeat them as they
 * came: with their case, and with octets that are no text. Undefined when it is malformed.
 */
export function readQuestion(message: Buffer): { question: Question; bytes: Buffer } | undefined {
  const labels: string[] = [];
  let offset = HEADER_BYTES;
  for (;;) {
    const length = message[offset];
    // A first name has nothing before it that a compression pointer could mean.
    if (length === undefined || length > 63) return undefined;
    offset += 1;
    if (length === 0) break;
    // A dot within a label must not look like two labels; master files write it so too (RFC 1035 5.1).
    labels.push(message.toString('latin1', offset, offset + length).replaceAll('.', '\\046'));
    offset += length;
  }
  const end = offset + 4;
  if (end > message.length || offset - HEADER_BYTES > MAX_NAME_BYTES) return undefined;
  const type = message.readUInt16BE(offset);
  const klass = message.readUInt16BE(offset + 2);
  return {
    question: {
      name: lowerCase(labels.join('.')),
      type: TYPES.get(type) ?? `TYPE${type}`,
      class: CLASSES.get(klass) ?? `CLASS${klass}`,
    },
    bytes: message.subarray(HEADER_BYTES, end),
  };
}
