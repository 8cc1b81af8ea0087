import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { ServiceSpec } from '@mcp/proto/agent';
import { parseServiceDefinition } from '@mcp/servicedef/parse';
import { formatProblem, type Problem } from '@mcp/servicedef/problem';
import type { Config } from './config.ts';
import { CommandError } from './exit.ts';

/** A definition file, read: the spec, or everything that is wrong with it. */
export type Definition = { file: string } & ({ spec: ServiceSpec } | { problems: Problem[] });

/** The file of a service: the argument itself when it is a path, else `<services>/<service>.toml`. */
export function definitionFile(config: Config, service: string): string {
  return isPath(service) ? resolve(service) : join(config.services, `${service}.toml`);
}

/** The service's name when the argument may be a path to its definition. */
export function serviceName(service: string): string {
  return isPath(service) ? basename(service, '.toml') : service;
}

/** Every definition file of the services folder, by name. Throws CommandError when it cannot be read. */
export function listDefinitions(config: Config): string[] {
  try {
    const names = readdirSync(config.services).filter((name) => name.endsWith('.toml'));
    return names.sort().map((name) => join(config.services, name));
  } catch (cause) {
    throw new CommandError(
      'usage',
      'usage',
      `services folder ${config.services} cannot be read: ${reasonOf(cause)}; set "services" in ${config.file}`,
      { cause },
    );
  }
}

/** Reads a definition. Throws CommandError (usage) when there is no such file. */
export function readDefinition(config: Config, file: string, version?: string): Definition {
  const text = readText(file);
  const result = parseServiceDefinition(text, {
    file: shownPath(file),
    registry: config.registry ?? '',
    version,
  });
  if ('problems' in result) return { file, problems: result.problems };
  const bare =
    config.registry === undefined && result.spec.components.find(({ image }) => image.startsWith('/'));
  if (bare) {
    throw new CommandError(
      'usage',
      'usage',
      `${shownPath(file)}: image ${bare.image.slice(1)} of component ${bare.name} has no registry; ` +
        `set "registry" in ${config.file} or write the full reference`,
    );
  }
  return { file, spec: result.spec };
}

/** The spec of a service. Throws CommandError (definition) with every problem of the file. */
export function requireSpec(config: Config, service: string, version?: string): ServiceSpec {
  const definition = readDefinition(config, definitionFile(config, service), version);
  if ('spec' in definition) return definition.spec;
  throw new CommandError('usage', 'definition', formatProblems(definition.problems), {
    details: { problems: definition.problems },
  });
}

export function hasDefinition(config: Config, service: string): boolean {
  return existsSync(definitionFile(config, service));
}

/** Each problem as `file:line:column: message`, the source line and a caret. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}

/** Relative to the working folder when that is shorter. */
function shownPath(file: string): string {
  const here = `${process.cwd()}/`;
  return file.startsWith(here) ? file.slice(here.length) : file;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandError('usage', 'usage', `no definition ${file}: ${reasonOf(cause)}; see mcp validate`, {
      cause,
    });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'ENOENT' ? 'no such file or folder' : code;
}

function isPath(service: string): boolean {
  return service.includes('/') || service.endsWith('.toml');
}
