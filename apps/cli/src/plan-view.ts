import { ChangeAction, type Change, type ServiceSpec } from '@mcp/proto/agent';
import type { Colour, Paint } from './output.ts';
import { alignColumns } from './table.ts';

const marks: Record<number, { mark: string; word: string; colour: Colour }> = {
  [ChangeAction.CREATE]: { mark: '+', word: 'create', colour: 'green' },
  [ChangeAction.UPDATE]: { mark: '~', word: 'update', colour: 'yellow' },
  [ChangeAction.DELETE]: { mark: '-', word: 'delete', colour: 'red' },
};

/** What a deploy would change; what stays as it is, is only counted. */
export function planLines(
  changes: readonly Change[],
  { name, version, node }: Pick<ServiceSpec, 'name' | 'version' | 'node'>,
  paint: Paint,
): string[] {
  const service = version === '' ? name : `${name} ${version}`;
  const rows = changes.flatMap(({ action, resource, name: what, detail }) => {
    const known = marks[action];
    return known
      ? [[paint(known.colour, `  ${known.mark} ${known.word}`), resource, what, paint('dim', detail)]]
      : [];
  });
  if (rows.length === 0) return [`${service} is up to date on ${node}: a deploy would change nothing`];
  const kept = changes.length - rows.length;
  return [
    paint('bold', `A deploy of ${service} to ${node} would change:`),
    ...alignColumns(rows),
    ...(kept > 0 ? [paint('dim', `  ${kept} of ${changes.length} stay as they are`)] : []),
  ];
}
