import type { Observed } from '../status/observe.ts';
import type { RegisteredService } from '../store.ts';
import { containerFindings } from './container-findings.ts';
import { certificateFindings, leaseFindings, recordFindings, routeFindings } from './daemon-findings.ts';
import type { Finding } from './finding.ts';

/** True for an operation of the journal: what it made is the agent's. */
export type KnowsOperation = (id: string) => boolean;

/**
 * What of a service is not as recorded: containers, routes and records, of which one that is stopped
 * has none; leases and certificates, which a stopped one keeps too. A daemon that did not answer finds
 * nothing: unknown is not drift.
 */
export function findingsOf(
  service: RegisteredService,
  observed: Observed,
  knowsOperation: KnowsOperation,
): Finding[] {
  const { generation, active } = service;
  const held = [
    ...certificateFindings(generation, observed.certificates),
    ...leaseFindings(generation, observed.leases),
  ];
  return [
    ...containerFindings(service, observed, knowsOperation),
    ...routeFindings(active ? generation.routes : [], observed.routes),
    ...recordFindings(active ? generation.records : [], observed.records),
    ...held,
  ];
}
