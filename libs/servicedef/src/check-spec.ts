import type { ServiceSpec } from '@mcp/proto/agent';
import { formatServiceDefinition } from './format.ts';
import { parseServiceDefinition } from './parse.ts';

/** Is part of no image reference, so that every image is written in full. */
const NO_REGISTRY = ' ';

/**
 * What would be wrong with a definition that says the same: for a spec that does not come from
 * `parseServiceDefinition` on this side, but over the network. Empty when nothing is. Never throws.
 */
export function problemsOfSpec(spec: ServiceSpec): string[] {
  const definition = formatServiceDefinition(spec, { registry: NO_REGISTRY });
  const parsed = parseServiceDefinition(definition, { file: `${spec.name}.toml`, registry: 'localhost' });
  return 'spec' in parsed ? [] : parsed.problems.map(({ message }) => message);
}
