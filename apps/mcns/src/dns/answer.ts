import type { Answer, SoaAnswer } from 'dns-packet';
import { fullName } from '../names.ts';
import type { RecordType } from '@mcp/dns/values';
import type { RecordData } from '../store.ts';
import type { Node, PublishedZone } from './zone-index.ts';

/** What is asked: a full name in lower case, a type and a class by their mnemonics. */
export interface Question {
  name: string;
  type: string;
  class: string;
}

export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof rcodes;

export interface Reply {
  rcode: Rcode;
  authoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
}

/** TTL in seconds of the SOA and NS records, which no caller sets. */
const APEX_TTL_S = 3600;
const MAX_ALIASES = 8;
const MAX_STRING_BYTES = 255;
const TRANSFERS: ReadonlySet<string> = new Set(['AXFR', 'IXFR']);

/** Says what an authoritative server replies (RFC 1034 4.3.2, RFC 2308); REFUSED outside its zones. */
export function answer(question: Question, find: (name: string) => PublishedZone | undefined): Reply {
  const published = find(question.name);
  const isInternet = question.class === 'IN' || question.class === 'ANY';
  if (!published || !isInternet || TRANSFERS.has(question.type)) return refusal('REFUSED');

  const answers: Answer[] = [];
  const visited = new Set<string>();
  let name = question.name;
  while (!visited.has(name) && visited.size <= MAX_ALIASES) {
    visited.add(name);
    const node = published.nodes.get(name);
    if (!node) return negative('NXDOMAIN', published, answers);
    const found = recordsOf({ node, name, type: question.type, published });
    answers.push(...found);
    if (found.length > 0) return positive(answers);
    const [alias] = node.get('CNAME') ?? [];
    if (!alias) return negative('NOERROR', published, answers);
    answers.push(...toAnswers([alias], published));
    name = alias.value;
    // What is outside the zone, the resolver asks for itself.
    if (find(name) !== published) break;
  }
  return positive(answers);
}

/** A reply that says only why there is none. */
export function refusal(rcode: Rcode): Reply {
  return { rcode, authoritative: false, answers: [], authorities: [] };
}

function positive(answers: Answer[]): Reply {
  return { rcode: 'NOERROR', authoritative: true, answers, authorities: [] };
}

function negative(rcode: Rcode, published: PublishedZone, answers: Answer[]): Reply {
  const ttl = Math.min(APEX_TTL_S, published.zone.minimumTtl);
  return { rcode, authoritative: true, answers, authorities: [{ ...soaOf(published), ttl }] };
}

interface Lookup {
  node: Node;
  name: string;
  type: string;
  published: PublishedZone;
}

function recordsOf({ node, name, type, published }: Lookup): Answer[] {
  const isApex = name === published.zone.name;
  if (type === 'ANY') {
    // One record set is enough of an answer, and no amplifier (RFC 8482 4.1).
    const [any] = node.values();
    return isApex ? [soaOf(published)] : toAnswers(any ?? [], published);
  }
  if (isApex && type === 'SOA') return [soaOf(published)];
  if (isApex && type === 'NS') return [{ type: 'NS', name, ttl: APEX_TTL_S, data: published.zone.primaryNs }];
  return toAnswers(node.get(type as RecordType) ?? [], published);
}

function soaOf({ zone }: PublishedZone): SoaAnswer {
  const { name, primaryNs, adminEmail, serial, refresh, retry, expire, minimumTtl } = zone;
  const data = { mname: primaryNs, rname: adminEmail, serial, refresh, retry, expire, minimum: minimumTtl };
  return { type: 'SOA', name, ttl: APEX_TTL_S, data };
}

/** The records of one set all carry its lowest TTL (RFC 2181 5.2). */
function toAnswers(records: readonly RecordData[], { zone }: PublishedZone): Answer[] {
  const ttl = Math.min(...records.map((record) => record.ttl));
  return records.map(({ name, type, value }) => {
    const fields = { name: fullName(name, zone.name), ttl };
    return type === 'TXT'
      ? { ...fields, type, data: characterStrings(value) }
      : { ...fields, type, data: value };
  });
}

function characterStrings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += MAX_STRING_BYTES)
    strings.push(bytes.subarray(start, start + MAX_STRING_BYTES));
  return strings;
}
