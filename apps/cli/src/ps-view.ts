import { ComponentStatus, type ServiceSummary } from '@mcp/proto/agent';
import { stateCell, uptimeCell, versionCell } from './component-view.ts';
import type { Paint } from './output.ts';
import { alignColumns } from './table.ts';

const HEADER = ['SERVICE', 'COMPONENT', 'NODE', 'STATE', 'VERSION', 'UPTIME'];

/** One row per component, ordered by service, node and the definition's order. */
export function psLines(services: readonly ServiceSummary[], now: Date, paint: Paint): string[] {
  if (services.length === 0) return ['no services'];
  const rows = sorted(services).flatMap(({ name, node, components }) =>
    components.map((status) => [
      name,
      status.component,
      node,
      stateCell(status, paint),
      versionCell(status, paint),
      uptimeCell(status, now),
    ]),
  );
  return alignColumns([HEADER.map((title) => paint('dim', title)), ...rows]);
}

/** The same rows for programs: the component's proto JSON with its service and node. */
export function psJson(services: readonly ServiceSummary[]): unknown[] {
  return sorted(services).flatMap(({ name, node, components }) =>
    components.map((status) => ({ service: name, node, ...asObject(ComponentStatus.toJSON(status)) })),
  );
}

function asObject(json: unknown): object {
  return typeof json === 'object' && json !== null ? json : {};
}

/** By service, then node. */
export function sorted(services: readonly ServiceSummary[]): ServiceSummary[] {
  return services.toSorted((a, b) => a.name.localeCompare(b.name) || a.node.localeCompare(b.node));
}
