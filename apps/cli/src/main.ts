import { createProgram } from './program.ts';
import { reportError } from './report.ts';
import { CommanderError } from 'commander';
import { CommandError, exitCodes } from './exit.ts';

// A reader that has seen enough (`mcp ps | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const argv = process.argv.slice(2);

try {
  await createProgram().parseAsync(argv, { from: 'user' });
} catch (error) {
  const shown = { json: argv.includes('--json'), debug: argv.includes('--debug') };
  if (!(error instanceof CommanderError)) reportError(error, shown);
  else if (error.code === 'commander.help') process.exitCode = exitCodes.usage;
  else if (error.exitCode !== 0) reportError(usageError(error), shown);
}

function usageError(error: CommanderError): CommandError {
  const message = error.message.replace(/^error: /, '').replace('\n(Did you mean', ' (did you mean');
  return new CommandError('usage', 'usage', `${message}; see mcp --help`, { cause: error });
}
