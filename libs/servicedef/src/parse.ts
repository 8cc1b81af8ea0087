import type { ServiceSpec } from '@mcp/proto/agent';
import { checkDependencies } from './dependencies.ts';
import { readToml } from './document.ts';
import { findPlaces } from '@mcp/toml/positions';
import { createProblemLog, type ProblemLog } from './problem-log.ts';
import type { Problem } from './problem.ts';
import { quote } from './quote.ts';
import { openSection } from './section.ts';
import { readService, SERVICE_KEYS } from './service.ts';
import { checkUniqueness } from './uniqueness.ts';
import { checkVariables } from './variable-collisions.ts';

const MAX_BYTES = 1024 * 1024;

export interface ParseOptions {
  /** Path of the definition for messages; its last part must be `<name>.toml`. */
  file: string;
  /** The operator's registry, put before bare image names: "mcr.example:8443". */
  registry: string;
  /** Replaces the version of the service; components that pin their own keep it. */
  version?: string | undefined;
}

export type ParseResult = { spec: ServiceSpec } | { problems: Problem[] };

/**
 * Turns the text of a definition into the spec, with every default of the operator's side
 * filled in, or into everything that is wrong with it, by position. Never throws.
 */
export function parseServiceDefinition(
  source: string,
  { file, registry, version }: ParseOptions,
): ParseResult {
  // An editor does not count the byte order mark as a column.
  const text = source.replace(/^\uFEFF/, '');
  if (Buffer.byteLength(text) > MAX_BYTES) return { problems: [tooLong(file, text)] };
  const log = createProblemLog(file, text);
  const spec = readSpec(text, { file, registry, version }, log);
  const problems = log.problems();
  return spec && problems.length === 0 ? { spec } : { problems };
}

function readSpec(text: string, options: ParseOptions, log: ProblemLog): ServiceSpec | undefined {
  const table = readToml(text, log);
  if (!table) return undefined;
  const root = findPlaces(text);
  const section = openSection(table, { place: root, log, title: 'the service', known: SERVICE_KEYS });
  const spec = readService(section, options);
  const fileName = options.file.slice(options.file.lastIndexOf('/') + 1);
  if (spec.name !== '' && fileName !== `${spec.name}.toml`) {
    section.report('name', `the service is named ${quote(spec.name)}, but its file ${quote(fileName)}`);
  }
  checkUniqueness(spec, root, log);
  checkDependencies(spec, root, log);
  checkVariables(spec, root, log);
  return spec;
}

function tooLong(file: string, text: string): Problem {
  const [source = ''] = text.slice(0, MAX_BYTES).split(/\r?\n/, 1);
  return { file, line: 1, column: 1, message: 'a definition must be at most 1 MiB', source };
}
