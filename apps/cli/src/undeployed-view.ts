import { UndeployedService } from '@mcp/proto/agent';
import { localTime } from './local-time.ts';
import type { Paint } from './output.ts';
import { alignColumns } from './table.ts';
import type { Undeployed } from './undeployed.ts';

const HEADER = ['SERVICE', 'NODE', 'VERSION', 'GENERATION', 'DEPLOYED', 'DATA'];

/** One line per service that is gone: its last version and generation, and where its data is. */
export function undeployedLines(undeployed: readonly Undeployed[], paint: Paint): string[] {
  const rows = undeployed.map(({ node, service: { name, last, dataPath } }) => [
    name,
    node.name,
    last?.version || '-',
    last ? String(last.number) : '-',
    last?.createdAt ? localTime(last.createdAt) : '-',
    dataPath || '-',
  ]);
  return alignColumns([HEADER.map((title) => paint('dim', title)), ...rows]);
}

/** The same for programs: the proto JSON with the node. */
export function undeployedJson(undeployed: readonly Undeployed[]): unknown[] {
  return undeployed.map(({ node, service }) => {
    const json = UndeployedService.toJSON(service);
    return { node: node.name, ...(typeof json === 'object' ? json : {}) };
  });
}
