import { askLine } from '../ask-line.ts';
import { readConfig, type Config } from '../config.ts';
import { serviceName } from '../definitions.ts';
import { CommandError, exitCodeOfWork } from '../exit.ts';
import type { OperationVerbOptions } from '../global-options.ts';
import { sortAnswers } from '../nodes.ts';
import { isInteractive, paint, printJson, printLines } from '../output.ts';
import { reportErrors } from '../report.ts';
import { runOperation } from '../run-operation.ts';
import { listUndeployed, locateUndeployed, type Undeployed } from '../undeployed.ts';
import { undeployedJson, undeployedLines } from '../undeployed-view.ts';

export interface PurgeOptions extends OperationVerbOptions {
  /** Remove the data too, which nothing brings back. */
  data?: boolean;
  /** The service's name, instead of typing it. */
  confirm?: string;
  /** Do not ask before all are purged. */
  yes?: boolean;
}

/** Forgets a service that was undeployed, or after a question all of them. */
export async function purge(service: string | undefined, options: PurgeOptions): Promise<void> {
  if (service === undefined) return purgeAll(options);
  const name = serviceName(service);
  checkDataOptions(name, options);
  const config = readConfig(options.config);
  const undeployed = await locateUndeployed(config, name, options.node);
  if (options.data === true && options.confirm === undefined) await requireTypedName(undeployed);
  await purgeOne(config, undeployed, options);
}

async function purgeAll(options: PurgeOptions): Promise<void> {
  if (options.data === true || options.confirm !== undefined) {
    throw new CommandError(
      'usage',
      'usage',
      '--data and --confirm need the name of one service; see mcp purge --help',
    );
  }
  const config = readConfig(options.config);
  const { found, answers } = await listUndeployed(config, options.node);
  const { values, errors, exitCode } = sortAnswers(answers);
  reportErrors(errors, exitCode, options);
  if (options.json !== true && values.length > 0) {
    printLines(found.length === 0 ? ['nothing to purge'] : undeployedLines(found, paint));
  } else if (options.json === true && options.yes !== true) printJson(undeployedJson(found));
  if (found.length === 0) return;
  if (options.yes !== true) await requireYes(found, options);

  const failures: unknown[] = [];
  for (const undeployed of found) {
    try {
      await purgeOne(config, undeployed, options);
    } catch (error) {
      if (error instanceof CommandError && error.code === 'interrupted') throw error;
      failures.push(error);
      reportErrors([error], exitCode, options);
    }
  }
  process.exitCode = exitCodeOfWork([...errors, ...failures], found.length - failures.length);
}

async function purgeOne(config: Config, { node, service }: Undeployed, options: PurgeOptions): Promise<void> {
  const { name, dataPath } = service;
  const data = options.data === true;
  await runOperation(
    {
      config,
      node,
      subject: { verb: 'purge', service: name, target: data ? 'and its data' : '', node: node.name },
    },
    (client, call) => client.purge({ service: name, data, noWait: options.wait === false }, call),
    options,
  );
  if (!data && dataPath !== '' && options.json !== true)
    printLines([`its data stays: ${dataPath} on ${node.name}`]);
}

/** What can be seen to be wrong before any node is asked. */
function checkDataOptions(name: string, { data, confirm, json }: PurgeOptions): void {
  if (confirm !== undefined && data !== true) {
    throw new CommandError('usage', 'usage', '--confirm goes with --data: a purge without it keeps the data');
  }
  if (confirm !== undefined && confirm !== name) {
    throw new CommandError(
      'usage',
      'usage',
      `--confirm "${confirm}": expected ${name}, the service whose data is removed; nothing was purged`,
    );
  }
  if (data === true && confirm === undefined && (json === true || !isInteractive())) {
    throw new CommandError(
      'usage',
      'usage',
      `purge ${name} --data removes the data of ${name} for good: confirm with --confirm ${name}`,
    );
  }
}

async function requireTypedName({ node, service: { name, dataPath } }: Undeployed): Promise<void> {
  const what = dataPath === '' ? `the data of ${name}` : dataPath;
  const typed = await askLine(`This removes ${what} on ${node.name} for good. Type ${name} to go on: `);
  if (typed?.trim() !== name)
    throw declinedError(`"${typed?.trim() ?? ''}" is not ${name}: nothing was purged`);
}

async function requireYes(found: readonly Undeployed[], { json }: PurgeOptions): Promise<void> {
  const count = found.length === 1 ? 'this service' : `these ${found.length} services`;
  if (json === true || !isInteractive()) {
    throw new CommandError('usage', 'usage', `nothing was purged: purge ${count} with --yes`);
  }
  const answer = await askLine(`Forget ${count}? The data stays, and mcp can no longer remove it. [y/N] `);
  if (!/^y(es)?$/i.test(answer?.trim() ?? '')) throw declinedError('nothing was purged');
}

function declinedError(message: string): CommandError {
  return new CommandError('failed', 'declined', message);
}
