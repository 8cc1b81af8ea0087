import { ComponentState, type Problem } from '@mcp/proto/agent';
import { RecordState } from '@mcp/proto/dnsd';
import { RouteState } from '@mcp/proto/routed';
import type { JournalEntry } from '../operations/journal.ts';
import type { Observed } from './observe.ts';
import type { RegisteredService } from '../store.ts';

/** Compares what should be with what was observed. Empty when all is well. */
export function findProblems(
  service: RegisteredService,
  observed: Observed,
  unfinished: readonly JournalEntry[],
): Problem[] {
  return [
    ...observed.unanswered,
    ...stuckOperations(unfinished),
    ...(service.active
      ? [
          ...containerProblems(service, observed),
          ...routeProblems(service, observed),
          ...recordProblems(service, observed),
        ]
      : []),
    ...certificateProblems(service, observed),
    ...leaseProblems(service, observed),
  ];
}

function stuckOperations(unfinished: readonly JournalEntry[]): Problem[] {
  return unfinished
    .filter(({ stuck }) => stuck.length > 0)
    .map(({ id, kind, stuck, error }) => ({
      resource: 'operation',
      message: `${kind} ${id} is stuck at ${stuck.join(', ')}, it is tried again: ${error}`,
    }));
}

function containerProblems({ name }: RegisteredService, { components }: Observed): Problem[] {
  return components.flatMap(({ component, state, exitCode, container }) => {
    const what = {
      [ComponentState.MISSING]: `${component}: container ${container} is missing`,
      [ComponentState.EXITED]: `${component}: container ${container} exited with code ${exitCode}`,
      [ComponentState.UNHEALTHY]: `${component}: container ${container} does not answer its health check`,
    }[state as number];
    return what === undefined
      ? []
      : [{ resource: 'container', message: `${what}; see mcp logs ${name} ${component}` }];
  });
}

function routeProblems({ generation }: RegisteredService, { routes }: Observed): Problem[] {
  if (!routes) return [];
  const words: Record<number, string> = {
    [RouteState.MISSING]: 'is missing in the proxy, routed will put it back',
    [RouteState.DIFFERS]: 'differs in the proxy, routed will put it right',
    [RouteState.UNKNOWN]: 'is unknown: the proxy does not answer routed',
  };
  return generation.routes.flatMap(({ hostname, port }) => {
    const status = routes.find(({ route }) => route?.hostname === hostname && route.port === port);
    const word = status ? words[status.state] : 'is not known to routed: deploy again';
    return word === undefined ? [] : [{ resource: 'route', message: `${hostname}:${port} ${word}` }];
  });
}

function recordProblems({ generation }: RegisteredService, { records }: Observed): Problem[] {
  if (!records) return [];
  const words: Record<number, string> = {
    [RecordState.MISSING]: 'is missing at the DNS server, dnsd will put it back',
    [RecordState.DIFFERS]: 'differs at the DNS server, dnsd will put it right',
    [RecordState.UNKNOWN]: 'is unknown: the DNS server does not answer dnsd',
  };
  return generation.records.flatMap(({ name, value, type }) => {
    const status = records.find(
      ({ record }) => record?.name === name && record.value === value && record.type === type,
    );
    const word = status ? words[status.state] : 'is not known to dnsd: deploy again';
    return word === undefined ? [] : [{ resource: 'record', message: `${name} ${value} ${word}` }];
  });
}

function certificateProblems({ generation }: RegisteredService, { certificates }: Observed): Problem[] {
  if (!certificates) return [];
  return generation.hostnames.flatMap((hostname) => {
    const certificate = certificates.find((each) => each.hostname === hostname);
    if (!certificate)
      return [{ resource: 'certificate', message: `${hostname} has no certificate: deploy again` }];
    if (certificate.lastError === '') return [];
    return [
      {
        resource: 'certificate',
        message: `${hostname} could not be renewed, it is tried again: ${certificate.lastError}`,
      },
    ];
  });
}

function leaseProblems({ generation }: RegisteredService, { leases }: Observed): Problem[] {
  if (!leases) return [];
  return generation.ports.flatMap(({ component, route, port }) => {
    const held = leases.find((lease) => lease.component === component && lease.route === route);
    if (held?.port === port) return [];
    const what = held ? `is leased as ${held.port}` : 'is not leased';
    return [
      { resource: 'port', message: `${route || component}: port ${port} ${what} at portd: deploy again` },
    ];
  });
}
