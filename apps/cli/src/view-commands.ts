import type { Command } from 'commander';

/** The commands that show what is. */
export function addViews(program: Command): void {
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

  program
    .command('history')
    .summary('list what was done and what happened, by whom and when')
    .description(
      'Lists operations and events of all nodes: when, which service, what, how it ended, how long it took, ' +
        'who asked, and the first line of an error. The newest stands at the bottom, next to the prompt.',
    )
    .argument('[service]', 'only this service')
    .option('-n, --node <node>', 'only this node')
    .option('--limit <entries>', 'at most so many, the newest (default: 30)')
    .option('-f, --follow', 'go on with events as they come, until Ctrl-C; operations are only listed')
    .addHelpText('after', '\nExamples:\n  mcp history\n  mcp history exampled --limit 100\n  mcp history -f')
    .action(async (service, _options, command: Command) => {
      const { history } = await import('./commands/history.ts');
      await history(service, command.optsWithGlobals());
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
