import { parseArgs } from 'node:util';
import type { GenericSchema, InferOutput } from 'valibot';
import { HealthDefinition } from 'nice-grpc-server-health';
import { openChannel } from './client.ts';
import { ConfigError, loadConfig } from './config.ts';
import { messageWithCauses } from './errors.ts';
import type { Logger } from './logging.ts';
import { createRpcServer, type RpcServer, type ServerConfig } from './server.ts';
import { runUntilSignal, type Daemon } from './run-daemon.ts';
import { snapshotDatabase } from './snapshot.ts';
import { openDatabase, type Connection } from './sqlite.ts';
import { createLogger } from './logging.ts';
import { version } from './version.ts';

/** The sections of daemonSections, as far as the command needs them. */
interface DaemonConfig {
  server: ServerConfig;
  database: { path: string };
  log: { level: string };
}

/** What `serve` of a program gets to build itself from. */
export interface Parts<Config> {
  config: Config;
  log: Logger;
  database: Connection;
  server: RpcServer;
  /** Background work and clean-up. */
  daemon: Daemon;
}

/** A program of ours: `<name> server|status|snapshot|version --config F`. */
export interface Program<Schema extends GenericSchema<unknown, DaemonConfig>> {
  /** The command, for example "mcp-portd". */
  name: string;
  /** Of variables that override the configuration, for example "MCP_PORTD". */
  envPrefix: string;
  schema: Schema;
  migrations: readonly string[];
  /** Builds the daemon: adds services to `server` and work to `daemon`. */
  serve(parts: Parts<InferOutput<Schema>>): Promise<void> | void;
  /** Verbs that only this program has; each gets the configuration and the arguments after the verb. */
  verbs?: Record<string, (config: InferOutput<Schema>, args: string[]) => Promise<void>>;
}

/**
 * Runs a program's command line. Sets the exit code: 0 done, 1 failed, 2 wrong usage or
 * configuration.
 */
export async function runCommand<Schema extends GenericSchema<unknown, DaemonConfig>>(
  program: Program<Schema>,
  argv = process.argv.slice(2),
): Promise<void> {
  const [verb, ...rest] = argv;
  const verbs = ['server', 'status', 'snapshot', 'version', ...Object.keys(program.verbs ?? {})];
  const usage = `usage: ${program.name} ${verbs.join('|')} --config FILE\n`;
  try {
    if (verb === 'version') return void process.stdout.write(`${program.name} ${version}\n`);
    if (verb === undefined || !verbs.includes(verb)) return fail(2, usage);
    const { file, args } = takeConfigOption(rest);
    if (file === undefined) return fail(2, usage);
    const config = loadConfig(file, program.schema, { envPrefix: program.envPrefix });
    if (verb === 'server') await serve(program, config);
    else if (verb === 'status') await printStatus(program.name, config);
    else if (verb === 'snapshot')
      process.stdout.write(`${snapshotDatabase(config.database.path, new Date())}\n`);
    else await program.verbs?.[verb]?.(config, args);
  } catch (error) {
    if (error instanceof ConfigError) return fail(2, `${program.name}: ${error.message}\n`);
    fail(1, `${program.name}: ${messageWithCauses(error)}\n`);
  }
}

function takeConfigOption(argv: string[]): { file: string | undefined; args: string[] } {
  const { values, tokens } = parseArgs({
    args: argv,
    options: { config: { type: 'string', short: 'c' } },
    strict: false,
    tokens: true,
  });
  const own = tokens.find((token) => token.kind === 'option' && token.name === 'config');
  const width = own?.kind === 'option' && !own.inlineValue ? 2 : 1;
  const args = own ? argv.toSpliced(own.index, width) : argv;
  return { file: typeof values.config === 'string' ? values.config : undefined, args };
}

function fail(code: number, text: string): void {
  process.stderr.write(text);
  process.exitCode = code;
}

async function serve<Schema extends GenericSchema<unknown, DaemonConfig>>(
  program: Program<Schema>,
  config: InferOutput<Schema>,
): Promise<void> {
  const log = createLogger(program.name, config.log.level);
  const database = openDatabase(config.database.path, program.migrations);
  const server = createRpcServer(log);
  await runUntilSignal(log, async (daemon) => {
    daemon.onStop('database', () => void database.close());
    await program.serve({ config, log, database, server, daemon });
    daemon.onStop('server', () => server.stop());
    await server.listen(config.server);
  });
}

async function printStatus(name: string, config: DaemonConfig): Promise<void> {
  const channel = openChannel({ address: `unix:${config.server.socket}` });
  try {
    await channel.client(HealthDefinition).check({ service: '' }, { deadline: 2000 });
    process.stdout.write(`${name} ${version} serves ${config.server.socket}\n`);
  } catch (cause) {
    throw new Error(`not serving ${config.server.socket}; start it with: ${name} server --config FILE`, {
      cause,
    });
  } finally {
    channel.close();
  }
}
