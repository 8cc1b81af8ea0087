import { decode, type Answer } from 'dns-packet';
import type { Question, Rcode } from './answer.ts';
import { readQuestion } from './question.ts';

const HEADER_BYTES = 12;
const RESPONSE_BIT = 0x8000;
/** OPT and a signature; more makes decoding expensive. */
const MAX_ADDITIONALS = 2;
/** The previous SOA, in an IXFR. */
const MAX_AUTHORITIES = 1;

/** The EDNS0 options of a query (RFC 6891). */
export interface Edns {
  version: number;
  udpBytes: number;
  /** The DO bit, which a reply repeats. */
  dnssecOk: boolean;
}

/** The parts of the header that a reply repeats. */
export interface QueryHeader {
  id: number;
  opcode: number;
  recursionDesired: boolean;
}

export type Query =
  | { kind: 'ignored' }
  | { kind: 'refused'; header: QueryHeader; rcode: Rcode }
  | {
      kind: 'query';
      header: QueryHeader;
      question: Question;
      questionBytes: Buffer;
      edns: Edns | undefined;
    };

/**
 * Reads a message. Ignored is what must not be answered: a response, and what is too short to
 * have a header.
 */
export function readQuery(message: Buffer): Query {
  if (message.length < HEADER_BYTES) return { kind: 'ignored' };
  const flags = message.readUInt16BE(2);
  if ((flags & RESPONSE_BIT) !== 0) return { kind: 'ignored' };
  const header = {
    id: message.readUInt16BE(0),
    opcode: (flags >> 11) & 0xf,
    recursionDesired: (flags & 0x100) !== 0,
  };
  if (header.opcode !== 0) return { kind: 'refused', header, rcode: 'NOTIMP' };
  const read = hasUsualCounts(message) ? readQuestion(message) : undefined;
  const additionals = read && decodeAdditionals(message);
  const options = additionals?.filter((each) => each.type === 'OPT') ?? [];
  if (!read || !additionals || options.length > 1) return { kind: 'refused', header, rcode: 'FORMERR' };
  const [option] = options;
  const edns = option && {
    version: option.ednsVersion,
    udpBytes: option.udpPayloadSize,
    dnssecOk: option.flag_do,
  };
  return { kind: 'query', header, question: read.question, questionBytes: read.bytes, edns };
}

/** One question (RFC 9619), no answers. */
function hasUsualCounts(message: Buffer): boolean {
  return (
    message.readUInt16BE(4) === 1 &&
    message.readUInt16BE(6) === 0 &&
    message.readUInt16BE(8) <= MAX_AUTHORITIES &&
    message.readUInt16BE(10) <= MAX_ADDITIONALS
  );
}

function decodeAdditionals(message: Buffer): Answer[] | undefined {
  try {
    return decode(message).additionals ?? [];
  } catch {
    // dns-packet throws plain errors of many kinds for a malformed message, and each means just that.
    return undefined;
  }
}
