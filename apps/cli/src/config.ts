import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { parseAddress } from '@mcp/daemon/address';
import { ConfigError, loadConfig } from '@mcp/daemon/config';
import { CommandError } from './exit.ts';

const Text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const Path = Text;
const Address = v.pipe(v.string(), v.check(isAddress, 'must be unix:/path, host:port or [ipv6]:port'));
const Name = v.pipe(v.string(), v.regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label'));

const Node = v.strictObject({
  name: Name,
  /** Where its agent is: "unix:/path" or "host:port". */
  address: Address,
  /** TCP only: PEM file of the CA to trust; left out, the system's. */
  ca_cert: v.optional(Path),
  /** Name of the machine for ssh. */
  ssh: v.optional(Text),
  arch: v.optional(v.picklist(['amd64', 'arm64'])),
});

/** The schema of mcp.toml. Paths may begin with "~/"; relative ones count from the file's folder. */
export const Config = v.strictObject({
  /** Put before bare image names: "mcr.example:8443". */
  registry: v.optional(Text),
  /** Folder of the service definitions; default: "services" beside this file. */
  services: v.optional(Path, 'services'),
  build: v.optional(v.strictObject({ workspace: v.optional(Path) }), {}),
  auth: v.optional(v.strictObject({ token_path: v.optional(Path) }), {}),
  mcias: v.optional(v.strictObject({ server_url: v.optional(v.pipe(v.string(), v.url())) }), {}),
  nodes: v.pipe(
    v.optional(v.array(Node), []),
    v.check(
      (nodes) => new Set(nodes.map(({ name }) => name)).size === nodes.length,
      'two nodes have one name',
    ),
  ),
  /** Where `mcp call <name>` finds a daemon. */
  daemons: v.optional(v.record(v.string(), Address), {}),
});

export type Config = v.InferOutput<typeof Config> & { file: string };
export type Node = Config['nodes'][number];

/** Where the configuration is: `--config`, else MCP_CONFIG, else ~/.config/mcp/mcp.toml. */
export function configFile(option: string | undefined, env: NodeJS.ProcessEnv): string {
  return expandPath(option ?? env['MCP_CONFIG'] ?? '~/.config/mcp/mcp.toml', process.cwd());
}

/** Reads mcp.toml with every path made absolute. Throws CommandError (config, exit 2). */
export function readConfig(option: string | undefined): Config {
  const file = configFile(option, process.env);
  const config = loadOrExplain(file);
  const folder = dirname(file);
  const path = (text: string) => expandPath(text, folder);
  return {
    ...config,
    file,
    services: path(config.services),
    build: config.build.workspace === undefined ? {} : { workspace: path(config.build.workspace) },
    auth: config.auth.token_path === undefined ? {} : { token_path: path(config.auth.token_path) },
    nodes: config.nodes.map((node) => ({
      ...node,
      address: expandAddress(node.address),
      ...(node.ca_cert === undefined ? {} : { ca_cert: path(node.ca_cert) }),
    })),
    daemons: Object.fromEntries(
      Object.entries(config.daemons).map(([name, text]) => [name, expandAddress(text)]),
    ),
  };
}

function loadOrExplain(file: string): v.InferOutput<typeof Config> {
  try {
    return loadConfig(file, Config, { envPrefix: 'MCP' });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const missing = error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT';
    const hint = missing ? '; write one, or name another with --config or MCP_CONFIG' : '';
    throw new CommandError('usage', 'config', error.message + hint, { cause: error });
  }
}

function isAddress(text: string): boolean {
  try {
    parseAddress(expandAddress(text));
    return true;
  } catch {
    return false;
  }
}

function expandAddress(text: string): string {
  return text.replace(/^(unix:)?~\//, (_match, scheme = '') => `${scheme}${homedir()}/`);
}

function expandPath(text: string, folder: string): string {
  return text.startsWith('~/') ? join(homedir(), text.slice(2)) : resolve(folder, text);
}
