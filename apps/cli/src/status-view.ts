import {
  ComponentState,
  OperationKind,
  OperationState,
  type GetServiceResponse,
  type Operation,
} from '@mcp/proto/agent';
import type { Certificate } from '@mcp/proto/certd';
import { RecordState, RecordType, type RecordStatus } from '@mcp/proto/dnsd';
import { RouteMode, RouteState, type RouteStatus } from '@mcp/proto/routed';
import { stateCell, uptimeCell, versionCell } from './component-view.ts';
import { formatDuration, formatExpiry } from './duration.ts';
import type { Colour, Paint } from './output.ts';
import { alignColumns } from './table.ts';

const EXPIRES_SOON_MS = 14 * 24 * 3_600_000;

interface Word {
  word: string;
  colour: Colour;
}

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

const operationStates: Record<number, Word> = {
  [OperationState.RUNNING]: { word: 'running', colour: 'cyan' },
  [OperationState.UNDOING]: { word: 'undoing', colour: 'yellow' },
  [OperationState.SUCCEEDED]: { word: 'succeeded', colour: 'green' },
  [OperationState.UP_TO_DATE]: { word: 'up to date', colour: 'green' },
  [OperationState.ROLLED_BACK]: { word: 'rolled back', colour: 'red' },
  [OperationState.STUCK]: { word: 'stuck', colour: 'red' },
};

const UNKNOWN: Word = { word: 'unknown', colour: 'yellow' };

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
      leases.map(({ component, route, port }) => [
        route === '' ? component : `${component}/${route}`,
        String(port),
      ]),
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

/** One line per service: name, node, version, state, how many components run well, how many problems. */
export function overviewLines(statuses: readonly GetServiceResponse[], paint: Paint): string[] {
  if (statuses.length === 0) return ['no services'];
  const header = ['SERVICE', 'NODE', 'VERSION', 'STATE', 'COMPONENTS', 'PROBLEMS'].map((title) =>
    paint('dim', title),
  );
  const rows = statuses.flatMap(({ summary, problems }) => {
    if (!summary) return [];
    const { name, node, version, active, components } = summary;
    const running = components.filter(({ state }) => state === ComponentState.RUNNING).length;
    return [
      [
        name,
        node,
        version,
        active ? paint('green', 'active') : paint('dim', 'stopped'),
        `${running}/${components.length}`,
        problems.length === 0 ? paint('dim', '-') : paint('red', String(problems.length)),
      ],
    ];
  });
  return alignColumns([header, ...rows]);
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
  const { kind, state, caller, startedAt, endedAt, error } = operation;
  const { word, colour } = operationStates[state] ?? UNKNOWN;
  const tookMs = startedAt ? (endedAt ?? now).getTime() - startedAt.getTime() : 0;
  return [
    startedAt ? localTime(startedAt) : '',
    nameOf(OperationKind, kind).toLowerCase(),
    paint(colour, word),
    formatDuration(tookMs),
    `by ${caller}`,
    paint('dim', error.split('\n', 1)[0]!),
  ];
}

/** "2026-01-31 12:00:05" in the operator's time zone. */
function localTime(time: Date): string {
  return time.toLocaleString('sv-SE');
}

function nameOf(values: Record<string, number>, value: number | undefined): string {
  return Object.keys(values).find((key) => values[key] === value) ?? '';
}
