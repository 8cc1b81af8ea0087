import type { Certificate } from '@mcp/proto/certd';
import { RecordState, type Record as DnsRecord, type RecordStatus } from '@mcp/proto/dnsd';
import type { Lease } from '@mcp/proto/portd';
import { RouteState, type RouteKey, type RouteStatus } from '@mcp/proto/routed';
import type { Generation } from '../generation.ts';
import { finding, type Finding } from './finding.ts';

type Fields = Pick<Finding, 'state' | 'repairedBy'> & { words: string };

const routeWords: Record<number, Fields> = {
  [RouteState.MISSING]: {
    state: 'missing',
    words: 'is missing in the proxy, routed will put it back',
    repairedBy: 'daemon',
  },
  [RouteState.DIFFERS]: {
    state: 'differs',
    words: 'differs in the proxy, routed will put it right',
    repairedBy: 'daemon',
  },
  [RouteState.UNKNOWN]: {
    state: 'unknown',
    words: 'is unknown: the proxy does not answer routed',
    repairedBy: 'daemon',
  },
};

/** What the proxy, or routed, has else than the recorded routes. */
export function routeFindings(
  recorded: readonly RouteKey[],
  found: readonly RouteStatus[] | undefined,
): Finding[] {
  if (!found) return [];
  const word = ({ hostname, port }: RouteKey) => `${hostname}:${port}`;
  const desired = new Map(found.flatMap((status) => (status.route ? [[word(status.route), status]] : [])));
  return [
    ...recorded.flatMap((route) => {
      const status = desired.get(word(route));
      return toFindings('route', word(route), status ? routeWords[status.state] : lost('routed'));
    }),
    ...leftovers('route', 'routed', [...desired.keys()], recorded.map(word)),
  ];
}

const recordWords: Record<number, Fields> = {
  [RecordState.MISSING]: {
    state: 'missing',
    words: 'is missing at the DNS server, dnsd will put it back',
    repairedBy: 'daemon',
  },
  [RecordState.DIFFERS]: {
    state: 'differs',
    words: 'differs at the DNS server, dnsd will put it right',
    repairedBy: 'daemon',
  },
  [RecordState.UNKNOWN]: {
    state: 'unknown',
    words: 'is unknown: the DNS server does not answer dnsd',
    repairedBy: 'daemon',
  },
};

/** What the DNS server, or dnsd, has else than the recorded records. */
export function recordFindings(
  recorded: readonly DnsRecord[],
  found: readonly RecordStatus[] | undefined,
): Finding[] {
  if (!found) return [];
  // The value tells A from AAAA.
  const word = ({ name, value }: DnsRecord) => `${name} ${value}`;
  const desired = new Map(found.flatMap((status) => (status.record ? [[word(status.record), status]] : [])));
  return [
    ...recorded.flatMap((record) => {
      const status = desired.get(word(record));
      return toFindings('record', word(record), status ? recordWords[status.state] : lost('dnsd'));
    }),
    ...leftovers('record', 'dnsd', [...desired.keys()], recorded.map(word)),
  ];
}

/** Recorded hostnames without a certificate, and certificates whose renewal fails. */
export function certificateFindings({ hostnames }: Generation, found: Certificate[] | undefined): Finding[] {
  if (!found) return [];
  const extra = leftovers(
    'certificate',
    'certd',
    found.map(({ hostname }) => hostname),
    hostnames,
  );
  const own = hostnames.flatMap((hostname) => {
    const certificate = found.find((each) => each.hostname === hostname);
    if (!certificate) {
      const fields: Fields = { state: 'lost', words: 'has no certificate', repairedBy: 'agent' };
      return toFindings('certificate', hostname, fields);
    }
    if (certificate.lastError === '') return [];
    return toFindings('certificate', hostname, {
      state: 'not renewed',
      words: `could not be renewed, it is tried again: ${certificate.lastError}`,
      repairedBy: 'daemon',
    });
  });
  return [...own, ...extra];
}

/** Recorded ports that portd has leased to nobody, or another in their place. */
export function leaseFindings({ ports }: Generation, found: Lease[] | undefined): Finding[] {
  if (!found) return [];
  const word = ({ component, route, port }: Pick<Lease, 'component' | 'route' | 'port'>) =>
    `${route || component}: port ${port}`;
  const own = ports.flatMap(({ component, route, generation, port }) => {
    const held = found.find(
      (lease) =>
        lease.component === component && lease.route === route && lease.generation === BigInt(generation),
    );
    if (held?.port === port) return [];
    const subject = word({ component, route, port });
    const fields: Fields = held
      ? { state: 'differs', words: `is leased as ${held.port} at portd`, repairedBy: 'agent' }
      : { state: 'lost', words: 'is not leased at portd', repairedBy: 'agent' };
    return toFindings('port', subject, fields, component);
  });
  const slots = new Set(
    ports.map(({ component, route, generation }) => `${component}/${route}/${generation}`),
  );
  const others = found.filter(
    ({ component, route, generation }) => !slots.has(`${component}/${route}/${generation}`),
  );
  return [...own, ...leftovers('port', 'portd', others.map(word), [])];
}

function lost(daemon: 'routed' | 'dnsd'): Fields {
  return { state: 'lost', words: `is not known to ${daemon}`, repairedBy: 'agent' };
}

/** What a daemon still keeps for the service and no generation asks for. */
function leftovers(
  resource: Finding['resource'],
  daemon: string,
  kept: readonly string[],
  recorded: readonly string[],
): Finding[] {
  const wanted = new Set(recorded);
  const fields: Fields = {
    state: 'leftover',
    words: `is kept by ${daemon} and of no use any more`,
    repairedBy: 'agent',
  };
  return kept.filter((each) => !wanted.has(each)).flatMap((each) => toFindings(resource, each, fields));
}

function toFindings(
  resource: Finding['resource'],
  subject: string,
  fields: Fields | undefined,
  component?: string,
): Finding[] {
  if (!fields) return [];
  const { words, state, repairedBy } = fields;
  return [finding({ resource, subject, component, state, message: `${subject} ${words}`, repairedBy })];
}
