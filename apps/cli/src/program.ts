import { Command, Option } from 'commander';
import { version } from '@mcp/daemon/version';
import { addOperations } from './operation-commands.ts';
import { addViews } from './view-commands.ts';

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
