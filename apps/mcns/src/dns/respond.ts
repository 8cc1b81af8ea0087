import { AUTHORITATIVE_ANSWER, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE, type Answer } from 'dns-packet';
import type { Logger } from '@mcp/daemon/logging';
import { answer, rcodes, refusal, type Reply } from './answer.ts';
import { readQuery, type Edns, type Query, type QueryHeader } from './query.ts';
import type { ZoneIndex } from './zone-index.ts';

const HEADER_BYTES = 12;
const MIN_UDP_BYTES = 512;
/** What passes everywhere without fragments (DNS flag day 2020). */
const MAX_UDP_BYTES = 1232;
const MAX_TCP_BYTES = 65_535;
const EDNS_VERSION = 0;
/** Extended RCODE 16; its low four bits are those of NOERROR. */
const BADVERS_HIGH_BITS = 1;

export type Transport = 'udp' | 'tcp';

/** Returns the reply to a message, or undefined when there must be none. Never throws. */
export type Responder = (message: Buffer, transport: Transport) => Buffer | undefined;

export function createResponder(index: ZoneIndex, log: Logger): Responder {
  return (message, transport) => {
    const query = readQuery(message);
    if (query.kind === 'ignored') return undefined;
    if (query.kind === 'refused') return encodeReply(query, refusal(query.rcode), MIN_UDP_BYTES);
    const maxBytes = transport === 'tcp' ? MAX_TCP_BYTES : udpBytes(query.edns);
    try {
      if (isUnknownVersion(query)) return encodeReply(query, refusal('NOERROR'), maxBytes);
      return encodeReply(query, answer(query.question, index.find), maxBytes);
    } catch (error) {
      log.error({ err: error, question: query.question }, 'query failed');
      return encodeReply(query, refusal('SERVFAIL'), maxBytes);
    }
  };
}

function udpBytes(edns: Edns | undefined): number {
  return Math.min(Math.max(edns?.udpBytes ?? 0, MIN_UDP_BYTES), MAX_UDP_BYTES);
}

type AnswerableQuery = Exclude<Query, { kind: 'ignored' }>;

/** What does not fit is left out and the TC bit says so: the resolver asks again over TCP. */
function encodeReply(query: AnswerableQuery, reply: Reply, maxBytes: number): Buffer {
  const whole = encodeMessage(query, reply, 0);
  if (whole.length <= maxBytes) return whole;
  return encodeMessage(query, { ...reply, answers: [], authorities: [] }, TRUNCATED_RESPONSE);
}

function encodeMessage(query: AnswerableQuery, reply: Reply, truncated: number): Buffer {
  const message = encode({
    type: 'response',
    id: query.header.id,
    flags: flagsOf(query.header, reply) | truncated,
    answers: reply.answers,
    authorities: reply.authorities,
    additionals: query.kind === 'query' && query.edns ? [optOf(query)] : [],
  });
  if (query.kind === 'refused') return message;
  message.writeUInt16BE(1, 4);
  // dns-packet compresses no names, so nothing in the rest points past the question.
  return Buffer.concat([
    message.subarray(0, HEADER_BYTES),
    query.questionBytes,
    message.subarray(HEADER_BYTES),
  ]);
}

function flagsOf(header: QueryHeader, reply: Reply): number {
  return (
    (header.opcode << 11) |
    (reply.authoritative ? AUTHORITATIVE_ANSWER : 0) |
    (header.recursionDesired ? RECURSION_DESIRED : 0) |
    rcodes[reply.rcode]
  );
}

function optOf(query: Extract<Query, { kind: 'query' }>): Answer {
  const dnssecOk = query.edns?.dnssecOk ?? false;
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: MAX_UDP_BYTES,
    extendedRcode: isUnknownVersion(query) ? BADVERS_HIGH_BITS : 0,
    ednsVersion: EDNS_VERSION,
    flags: dnssecOk ? 0x8000 : 0,
    flag_do: dnssecOk,
    options: [],
  };
}

function isUnknownVersion(query: Extract<Query, { kind: 'query' }>): boolean {
  return query.edns !== undefined && query.edns.version !== EDNS_VERSION;
}
