import { readFileSync } from 'node:fs';
import { parse, TomlError, type TomlTable } from 'smol-toml';
import * as v from 'valibot';
import { locateKey } from '@mcp/toml/locate';

type Schema = v.GenericSchema<unknown, unknown>;

/** Sections that every daemon's configuration has. Spread them into a `v.strictObject`. */
export const daemonSections = {
  server: v.strictObject({
    /** Unix socket; its folder is made with mode 0750, the socket with 0660. */
    socket: v.pipe(v.string(), v.startsWith('/', 'must be an absolute path')),
    /** TCP address, "host:port"; needs tls_cert, tls_key and token_file. */
    listen_addr: v.optional(v.string()),
    tls_cert: v.optional(v.string()),
    tls_key: v.optional(v.string()),
    /** Accounts that may call over TCP, see tokens.ts. */
    token_file: v.optional(v.string()),
  }),
  database: v.strictObject({ path: v.pipe(v.string(), v.startsWith('/', 'must be an absolute path')) }),
  log: v.optional(
    v.strictObject({
      level: v.optional(v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), 'info'),
    }),
    {},
  ),
};

/** A configuration that cannot be used: one line per problem, `file:line:column: key: reason`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a TOML configuration strictly: an unknown key, a wrong type and a missing key are
 * errors. A variable `<envPrefix>_<SECTION>_<KEY>` overrides the key. Throws ConfigError.
 */
export function loadConfig<S extends Schema>(
  file: string,
  schema: S,
  { envPrefix, env = process.env }: { envPrefix: string; env?: NodeJS.ProcessEnv },
): v.InferOutput<S> {
  const text = readText(file);
  const table = parseToml(file, text);
  const overridden = applyOverrides(table, schema, envPrefix, env);
  const result = v.safeParse(schema, overridden.value);
  if (result.success) return result.output;
  throw new ConfigError(
    result.issues.map((issue) => describeIssue(file, text, issue, overridden.variables)).join('\n'),
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    const reason = code === 'ENOENT' ? 'no such file' : `cannot be read (${String(code)})`;
    throw new ConfigError(`${file}: ${reason}`, { cause: error });
  }
}

function parseToml(file: string, text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n')[0]!.replace('Invalid TOML document: ', '');
    throw new ConfigError(`${file}:${error.line}:${error.column}: not TOML: ${reason}`, { cause: error });
  }
}

function describeIssue(
  file: string,
  text: string,
  issue: v.BaseIssue<unknown>,
  variables: ReadonlyMap<string, string>,
): string {
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  const key = path.join('.');
  const variable = variables.get(key);
  if (variable !== undefined) return `environment variable ${variable}: ${reasonOf(issue)}`;
  const { line, column } = locateKey(text, path);
  return `${file}:${line}:${column}: ${key}: ${reasonOf(issue)}`;
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'unknown key';
  if (issue.received === 'undefined') return 'required, but missing';
  const reason = issue.message.startsWith('Invalid ') ? `must be ${issue.expected}` : issue.message;
  return `${reason}, not ${isTable(issue.input) || Array.isArray(issue.input) ? issue.received : JSON.stringify(issue.input)}`;
}

/** Writes environment variables over the keys of `table` that `schema` knows. */
function applyOverrides(
  table: TomlTable,
  schema: Schema,
  prefix: string,
  env: NodeJS.ProcessEnv,
): { value: unknown; variables: Map<string, string> } {
  const variables = new Map<string, string>();
  const walk = (value: unknown, node: Schema, path: readonly string[]): unknown => {
    const entries = entriesOf(node);
    if (!entries) {
      const variable = [prefix, ...path].join('_').toUpperCase().replaceAll('-', '_');
      const text = env[variable];
      if (text === undefined) return value;
      variables.set(path.join('.'), variable);
      return convert(text, typeOf(node));
    }
    const result: Record<string, unknown> = isTable(value) ? { ...value } : {};
    let found = isTable(value);
    if (value !== undefined && !found) return value;
    for (const [key, entry] of Object.entries(entries)) {
      const inner = walk(result[key], entry, [...path, key]);
      if (inner === undefined) continue;
      result[key] = inner;
      found = true;
    }
    return found ? result : value;
  };
  return { value: walk(table, schema, []), variables };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The schema below `optional` and `pipe`, which only wrap another. */
function unwrap(schema: Schema): Schema & { entries?: Record<string, Schema> } {
  let inner: Schema & { wrapped?: Schema; pipe?: readonly Schema[] } = schema;
  while (inner.wrapped) inner = inner.wrapped;
  return inner;
}

function entriesOf(schema: Schema): Record<string, Schema> | undefined {
  return unwrap(schema).entries;
}

function typeOf(schema: Schema): string {
  return unwrap(schema).type;
}

function convert(text: string, type: string): unknown {
  if (type === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type === 'array') return text === '' ? [] : text.split(',').map((item) => item.trim());
  return text;
}
