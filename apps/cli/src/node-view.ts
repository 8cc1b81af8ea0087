import type { GetNodeResponse, NodePart } from '@mcp/proto/agent';
import type { Node } from './config.ts';
import type { Answer } from './nodes.ts';
import type { Paint } from './output.ts';
import { alignColumns } from './table.ts';

const HEADER = ['NAME', 'ADDRESS', 'STATE', 'VERSION', 'ENGINE', 'SERVICES'];

/** One row per configured node, in the order of the configuration, whether it answers or not. */
export function nodeLines(answers: readonly Answer<GetNodeResponse>[], paint: Paint): string[] {
  const rows = answers.map((answer) => {
    const { name, address } = answer.node;
    if ('error' in answer) return [name, address, paint('red', 'unreachable'), '-', '-', '-'];
    const { version, parts, serviceCount } = answer.value;
    return [name, address, stateCell(parts, paint), version, engineCell(parts), String(serviceCount)];
  });
  return alignColumns([HEADER.map((title) => paint('dim', title)), ...rows]);
}

/** The parts of a node that are configured and do not answer, one line each. */
export function partLines(answers: readonly Answer<GetNodeResponse>[]): string[] {
  return answers.flatMap((answer) =>
    'error' in answer
      ? []
      : silentParts(answer.value.parts).map(
          ({ name, address, error }) =>
            `node ${answer.node.name}: ${name} at ${address} does not answer: ${error}`,
        ),
  );
}

/** For programs: the node's proto JSON below its configured name and address. */
export function nodeJson(
  answers: readonly Answer<GetNodeResponse>[],
  toJson: (node: GetNodeResponse) => unknown,
) {
  return answers.map((answer) => {
    const { name, address }: Node = answer.node;
    if ('error' in answer) return { name, address, reachable: false };
    return { name, address, reachable: true, node: toJson(answer.value) };
  });
}

function stateCell(parts: readonly NodePart[], paint: Paint): string {
  const silent = silentParts(parts).map(({ name }) => name);
  return silent.length === 0 ? paint('green', 'ready') : paint('yellow', `without ${silent.join(', ')}`);
}

function silentParts(parts: readonly NodePart[]): NodePart[] {
  return parts.filter(({ address, error }) => address !== '' && error !== '');
}

function engineCell(parts: readonly NodePart[]): string {
  return parts.find(({ name }) => name === 'engine')?.version || '-';
}
