import { Command, Option } from 'commander';
import { version } from '@mcp/daemon/version';

const EXIT_CODES = `
Exit codes: 0 done; 1 the operation failed; 2 wrong usage or a bad definition; 3 a node or service
cannot be reached or refuses the caller; 4 some nodes failed and others did not.
`;

/** The command line of mcp. Each command's code is loaded when it runs: most of what it needs, the others do not. */
export function createProgram(): Command {
  const program = new Command('mcp')
    .description('Deploys services to nodes and shows how they are.')
    .version(`mcp ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help for a command')
    .helpCommand('help [command]', 'print help for a command')
    // Else the program's --version would take that of deploy.
    .enablePositionalOptions()
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', EXIT_CODES);

  addOperations(program);
  addViews(program);
  addDebugging(program);
  addCommonOptions(program);
  return program;
}

/** Options that may stand before the command as well as after it. */
function addCommonOptions(command: Command): void {
  const options = [
    new Option('--config <file>', 'configuration (default: $MCP_CONFIG or ~/.config/mcp/mcp.toml)'),
    new Option('--json', 'print JSON for programs, errors too'),
    new Option('--debug', 'print stack traces of errors'),
  ];
  for (const option of options) command.addOption(option.helpGroup('Common options:'));
  for (const child of command.commands) addCommonOptions(child);
}

function addOperations(program: Command): void {
  program
    .command('deploy')
    .summary('make a service run as its definition says')
    .description(
      'Makes a service run as its definition says, reachable from outside. What already does is left alone.\n' +
        'When a step fails, everything is put back as it was. Ctrl-C leaves the deploy to the agent.',
    )
    .argument('<service>', 'name of a definition, or a path to one')
    .option('--plan', 'print what would change, change nothing')
    .option('--version <version>', "image tag instead of the definition's")
    .option('--force', 'replace the containers even when nothing changed')
    .option('--no-wait', 'fail when another operation runs on the service, instead of waiting')
    .addHelpText('after', '\nExamples:\n  mcp deploy exampled --plan\n  mcp deploy exampled --version v1.2.0')
    .action(async (service, _options, command: Command) => {
      const { deploy } = await import('./commands/deploy.ts');
      await deploy(service, command.optsWithGlobals());
    });

  operation(
    program,
    'stop',
    'stop a service; keep its ports, certificates and data',
    async () => (await import('./commands/stop.ts')).stop,
  );
  operation(
    program,
    'start',
    'start a stopped service',
    async () => (await import('./commands/start.ts')).start,
  );
  operation(
    program,
    'restart',
    "restart a service's containers in place",
    async () => (await import('./commands/restart.ts')).restart,
  );
  operation(
    program,
    'undeploy',
    'remove everything that deploy made; keep the data in /srv/<service>',
    async () => (await import('./commands/undeploy.ts')).undeploy,
  );
}

type OperationVerb = typeof import('./commands/stop.ts').stop;

function operation(
  program: Command,
  verb: string,
  summary: string,
  load: () => Promise<OperationVerb>,
): void {
  program
    .command(verb)
    .description(summary)
    .argument('<service>', 'name of a service, or a path to its definition')
    .option('-n, --node <node>', 'the node it is on, when there is no definition')
    .option('--no-wait', 'fail when another operation runs on the service, instead of waiting')
    .action(async (service, _options, command: Command) => {
      const run = await load();
      await run(service, command.optsWithGlobals());
    });
}

function addViews(program: Command): void {
  program
    .command('ps')
    .description('list the components of all services on all nodes')
    .action(async (_options, command: Command) => {
      const { ps } = await import('./commands/ps.ts');
      await ps(command.optsWithGlobals());
    });

  program
    .command('status')
    .description('show what should run against what does, with problems and last operations')
    .argument('[service]', 'only this service, in detail')
    .option('-n, --node <node>', 'the node it is on, when there is no definition')
    .action(async (service, _options, command: Command) => {
      const { status } = await import('./commands/status.ts');
      await status(service, command.optsWithGlobals());
    });

  program
    .command('logs')
    .description("print the logs of a service's containers")
    .argument('<service>', 'name of a service')
    .argument('[component]', 'only this component')
    .option('-f, --follow', 'go on as lines come, until Ctrl-C')
    .option('-n, --tail <lines>', 'only so many last lines per component')
    .option('--since <time>', 'only lines from then on: 10m, 1h30m, or 2026-01-31T12:00:00Z')
    .option('--node <node>', 'the node it is on, when there is no definition')
    .action(async (service, component, _options, command: Command) => {
      const { logs } = await import('./commands/logs.ts');
      await logs(service, component, command.optsWithGlobals());
    });

  const node = program.command('node').description('look at the fleet');
  node
    .command('list')
    .description('list the nodes and whether they are ready')
    .action(async (_options, command: Command) => {
      const { nodeList } = await import('./commands/node-list.ts');
      await nodeList(command.optsWithGlobals());
    });
}

function addDebugging(program: Command): void {
  program
    .command('validate')
    .description('check definitions, all of the services folder when none is named; sends nothing')
    .argument('[file...]', 'definitions, by name or path')
    .action(async (files, _options, command: Command) => {
      const { validate } = await import('./commands/validate.ts');
      await validate(files, command.optsWithGlobals());
    });

  program
    .command('call')
    .summary('call any RPC of any daemon')
    .description(
      'Calls any RPC of any daemon and prints what it answers as JSON, a stream line by line; without\n' +
        'a method, lists the methods. The daemon is a name of [daemons] or [[nodes]] in mcp.toml, or an address.',
    )
    .argument('<daemon>', 'name or address (unix:/path, host:port)')
    .argument('[method]', 'LeasePorts, or mcp.portd.v1.PortService/LeasePorts')
    .argument('[json]', 'the request, default {}; - reads standard input')
    .addHelpText(
      'after',
      `\nExamples:\n  mcp call portd\n  mcp call portd ListLeases '{"owner": "rift/exampled"}'`,
    )
    .action(async (daemon, method, json, _options, command: Command) => {
      const { call } = await import('./commands/call.ts');
      await call(daemon, method, json, command.optsWithGlobals());
    });
}
