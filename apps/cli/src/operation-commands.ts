import type { Command } from 'commander';

/** The commands that change what runs. */
export function addOperations(program: Command): void {
  program
    .command('deploy')
    .summary('make a service run as its definition says')
    .description(
      'Makes a service run as its definition says, reachable from outside. What already does is left alone.\n' +
        'When a step fails, everything is put back as it was. Ctrl-C asks whether to roll back.',
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

  addRollback(program);
  addCancel(program);

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
  addPurge(program);
}

function addRollback(program: Command): void {
  program
    .command('rollback')
    .summary('deploy an earlier generation of a service again')
    .description(
      'Deploys an earlier generation of a service again, from the very images it had, as a new generation. ' +
        'Without a number it is the newest one that asks for something else than what runs now. ' +
        'Ctrl-C asks whether to undo it.',
    )
    .argument('<service>', 'name of a service, or a path to its definition')
    .argument('[generation]', 'its number, as --list prints it')
    .option('--list', 'print the generations there are, change nothing')
    .option('-n, --node <node>', 'the node it is on, when there is no definition')
    .option('--no-wait', 'fail when another operation runs on the service, instead of waiting')
    .addHelpText(
      'after',
      '\nExamples:\n  mcp rollback exampled\n  mcp rollback exampled --list\n  mcp rollback exampled 7',
    )
    .action(async (service, generation, _options, command: Command) => {
      const { rollback } = await import('./commands/rollback.ts');
      await rollback(service, generation, command.optsWithGlobals());
    });
}

function addCancel(program: Command): void {
  program
    .command('cancel')
    .summary('undo an operation that runs or waits')
    .description(
      'Cancels an operation that runs or waits, on whichever node it is, and shows how it is undone. ' +
        'One that is past its point of no return is finished instead. Ctrl-C leaves the undoing to the agent.',
    )
    .argument('<operation-id>', 'as mcp history and mcp status <service> print it')
    .option('-n, --node <node>', 'the node it is on, instead of asking all')
    .addHelpText('after', '\nExamples:\n  mcp history exampled\n  mcp cancel 1a2b3c4d5e6f')
    .action(async (operationId, _options, command: Command) => {
      const { cancel } = await import('./commands/cancel.ts');
      await cancel(operationId, command.optsWithGlobals());
    });
}

function addPurge(program: Command): void {
  program
    .command('purge')
    .summary('forget services that were undeployed')
    .description(
      'Forgets a service that was undeployed: its generations, operations and events. Without a service, ' +
        'lists those there are on all nodes, asks, and forgets all. The data in /srv/<service> stays, unless ' +
        '--data is given, which removes it for good once the name of the service is typed or passed.',
    )
    .argument('[service]', 'name of a service')
    .option('--data', 'remove the data of the service too, for good')
    .option('--confirm <service>', 'the name again, to remove its data without typing it')
    .option('-y, --yes', 'do not ask before all are purged')
    .option('-n, --node <node>', 'only this node')
    .option('--no-wait', 'fail when another operation runs on the service, instead of waiting')
    .addHelpText(
      'after',
      '\nExamples:\n  mcp purge\n  mcp purge exampled\n  mcp purge exampled --data --confirm exampled',
    )
    .action(async (service, _options, command: Command) => {
      const { purge } = await import('./commands/purge.ts');
      await purge(service, command.optsWithGlobals());
    });
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
