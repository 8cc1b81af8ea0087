import type { Generation } from '@mcp/proto/agent';
import { localTime } from './local-time.ts';
import type { Paint } from './output.ts';
import { alignColumns } from './table.ts';

const HEADER = ['GENERATION', 'VERSION', 'DEPLOYED'];

/** One line per generation of a service, newest first as they come. */
export function generationLines(generations: readonly Generation[], paint: Paint): string[] {
  const rows = generations.map(({ number, version, createdAt, current }) => [
    String(number),
    version || '-',
    createdAt ? localTime(createdAt) : '-',
    current ? paint('green', 'current') : '',
  ]);
  return alignColumns([HEADER.map((title) => paint('dim', title)), ...rows]);
}
