import type { Certificate } from '@mcp/proto/certd';
import { RecordState, type RecordStatus } from '@mcp/proto/dnsd';
import type { Lease } from '@mcp/proto/portd';
import { RouteState, type RouteStatus } from '@mcp/proto/routed';
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
export function routeFindings({ routes }: Generation, found: RouteStatus[] | undefined): Finding[] {
  if (!found) return [];
  return routes.flatMap((recorded) => {
    const { hostname, port } = recorded;
    const status = found.find(({ route }) => route?.hostname === hostname && route.port === port);
    return toFindings('route', `${hostname}:${port}`, status ? routeWords[status.state] : lost('routed'));
  });
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
export function recordFindings({ records }: Generation, found: RecordStatus[] | undefined): Finding[] {
  if (!found) return [];
  return records.flatMap(({ name, value, type }) => {
    const status = found.find(
      ({ record }) => record?.name === name && record.value === value && record.type === type,
    );
    return toFindings('record', `${name} ${value}`, status ? recordWords[status.state] : lost('dnsd'));
  });
}

/** Recorded hostnames without a certificate, and certificates whose renewal fails. */
export function certificateFindings({ hostnames }: Generation, found: Certificate[] | undefined): Finding[] {
  if (!found) return [];
  return hostnames.flatMap((hostname) => {
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
}

/** Recorded ports that portd has leased to nobody, or another in their place. */
export function leaseFindings({ ports }: Generation, found: Lease[] | undefined): Finding[] {
  if (!found) return [];
  return ports.flatMap(({ component, route, generation, port }) => {
    const held = found.find(
      (lease) =>
        lease.component === component && lease.route === route && lease.generation === BigInt(generation),
    );
    if (held?.port === port) return [];
    const subject = `${route || component}: port ${port}`;
    const fields: Fields = held
      ? { state: 'differs', words: `is leased as ${held.port} at portd`, repairedBy: 'agent' }
      : { state: 'lost', words: 'is not leased at portd', repairedBy: 'agent' };
    return toFindings('port', subject, fields, component);
  });
}

function lost(daemon: 'routed' | 'dnsd'): Fields {
  return { state: 'lost', words: `is not known to ${daemon}`, repairedBy: 'agent' };
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
