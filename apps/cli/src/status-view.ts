import { ComponentState, type GetServiceResponse, type Operation } from '@mcp/proto/agent';
import type { Certificate } from '@mcp/proto/certd';
import { RecordState, RecordType, type RecordStatus } from '@mcp/proto/dnsd';
import type { Lease } from '@mcp/proto/portd';
import { RouteMode, RouteState, type RouteStatus } from '@mcp/proto/routed';
import { stateCell, uptimeCell, versionCell } from './component-view.ts';
import { formatExpiry } from './duration.ts';
import { localTime } from './local-time.ts';
import type { Paint } from './output.ts';
import { alignColumns } from './table.ts';
import {
  nameOf,
  operationCell,
  operationStateCell,
  resultCell,
  tookCell,
  UNKNOWN,
  type Word,
} from './words.ts';

const EXPIRES_SOON_MS = 14 * 24 * 3_600_000;

const routeStates: Record<number, Word> = {
  [RouteState.IN_STEP]: { word: 'in step', colour: 'green' },
  [RouteState.MISSING]: { word: 'missing', colour: 'red' },
  [RouteState.DIFFERS]: { word: 'differs', colour: 'yellow' },
  [RouteState.FOREIGN]: { word: 'foreign', colour: 'red' },
};

const recordStates: Record<number, Word> = {
  [RecordState.IN_STEP]: { word: 'in step', colour: 'green' },
  [RecordState.MISSING]: { word: 'missing', colour: 'red' },
  [RecordState.DIFFERS]: { word: 'differs', colour: 'yellow' },
};

/** Desired against actual of one service, in sections; empty ones are left out. */
export function statusLines(status: GetServiceResponse, now: Date, paint: Paint): string[] {
  const { leases, certificates, routes, records, problems, operations, summary } = status;
  return [
    headLine(status, paint),
    ...section(
      'Problems',
      problems.map(({ resource, message }) => [paint('red', resource), message]),
      paint,
    ),
    ...section(
      'Containers',
      (summary?.components ?? []).map((each) => [
        each.component,
        stateCell(each, paint),
        versionCell(each, paint),
        uptimeCell(each, now),
        paint('dim', each.container),
      ]),
      paint,
    ),
    ...section(
      'Ports',
      leases.map((each) => leaseRow(each, leases, paint)),
      paint,
    ),
    ...section(
      'Certificates',
      certificates.map((each) => certificateRow(each, now, paint)),
      paint,
    ),
    ...section(
      'Routes',
      routes.map((each) => routeRow(each, paint)),
      paint,
    ),
    ...section(
      'DNS',
      records.map((each) => recordRow(each, paint)),
      paint,
    ),
    ...section(
      'Last operations',
      operations.map((each) => operationRow(each, now, paint)),
      paint,
    ),
  ];
}

const OVERVIEW_HEADER = ['SERVICE', 'NODE', 'VERSION', 'GENERATION', 'STATE', 'COMPONENTS', 'PROBLEMS'];

/** The services of all nodes, and the operations that are stuck on services that are gone. */
export interface Overview {
  statuses: readonly GetServiceResponse[];
  stuck: readonly Operation[];
}

/**
 * One line per service: name, node, version, generation, state, how many components run well,
 * how many problems; below them the operations that are stuck.
 */
export function overviewLines({ statuses, stuck }: Overview, paint: Paint): string[] {
  const rows = statuses.flatMap(({ summary, problems }) => {
    if (!summary) return [];
    const { name, node, version, generation, active, components } = summary;
    const running = components.filter(({ state }) => state === ComponentState.RUNNING).length;
    return [
      [
        name,
        node,
        version,
        String(generation),
        active ? paint('green', 'active') : paint('dim', 'stopped'),
        `${running}/${components.length}`,
        problems.length === 0 ? paint('dim', '-') : paint('red', String(problems.length)),
      ],
    ];
  });
  const table =
    statuses.length === 0
      ? ['no services']
      : alignColumns([OVERVIEW_HEADER.map((title) => paint('dim', title)), ...rows]);
  const problems = statuses.flatMap((status) =>
    status.problems
      .filter(({ resource }) => resource === 'operation')
      .map(({ message }) => [status.summary?.name ?? '', paint('red', message)]),
  );
  const ofGone = stuck.map((each) => [
    each.service,
    paint('red', `${operationCell(each)} ${each.id} ${resultCell(each)}`),
  ]);
  return [...table, ...section('Stuck operations', [...problems, ...ofGone], paint)];
}

function headLine({ summary, problems }: GetServiceResponse, paint: Paint): string {
  if (!summary) return '';
  const { name, version, node, active, generation } = summary;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const health = problems.length === 0 ? paint('green', 'no problems') : paint('red', count);
  const state = active ? paint('green', 'active') : paint('yellow', 'stopped');
  return `${paint('bold', version === '' ? name : `${name} ${version}`)} on ${node}: ${state}, generation ${generation}, ${health}`;
}

function section(title: string, rows: readonly string[][], paint: Paint): string[] {
  if (rows.length === 0) return [];
  return ['', paint('bold', title), ...alignColumns(rows).map((line) => `  ${line}`)];
}

function certificateRow(
  { hostname, issuer, notAfter, lastError }: Certificate,
  now: Date,
  paint: Paint,
): string[] {
  if (!notAfter) return [hostname, paint('red', 'none'), '', lastError];
  const isSoon = notAfter.getTime() - now.getTime() < EXPIRES_SOON_MS;
  const expiry = `expires ${notAfter.toISOString().slice(0, 10)}, ${formatExpiry(notAfter, now)}`;
  return [hostname, isSoon ? paint('red', expiry) : expiry, paint('dim', issuer), paint('red', lastError)];
}

/** A port's generation matters only where two of them share a route. */
function leaseRow(lease: Lease, all: readonly Lease[], paint: Paint): string[] {
  const { component, route, port, generation } = lease;
  const isShared = all.some((each) => each !== lease && each.component === component && each.route === route);
  return [
    route === '' ? component : `${component}/${route}`,
    String(port),
    isShared ? paint('dim', `generation ${generation}`) : '',
  ];
}

function routeRow({ route, state }: RouteStatus, paint: Paint): string[] {
  const { word, colour } = routeStates[state] ?? UNKNOWN;
  const mode = route?.mode === RouteMode.L7 ? 'l7' : 'l4';
  return [
    `${route?.hostname}:${route?.port}`,
    mode,
    `→ ${route?.backend}${route?.backendTls === true ? ' (tls)' : ''}`,
    paint(colour, word),
  ];
}

function recordRow({ record, state }: RecordStatus, paint: Paint): string[] {
  const { word, colour } = recordStates[state] ?? UNKNOWN;
  return [record?.name ?? '', nameOf(RecordType, record?.type), record?.value ?? '', paint(colour, word)];
}

function operationRow(operation: Operation, now: Date, paint: Paint): string[] {
  const { id, state, caller, startedAt } = operation;
  return [
    startedAt ? localTime(startedAt) : '',
    operationCell(operation),
    operationStateCell(state, paint),
    tookCell(operation, now),
    `by ${caller}`,
    id,
    paint('dim', resultCell(operation)),
  ];
}
