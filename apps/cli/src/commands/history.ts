import { readConfig, type Config, type Node } from '../config.ts';
import { parseCount } from '../count.ts';
import { serviceName } from '../definitions.ts';
import { exitCodeOfAnswers } from '../exit.ts';
import type { ServiceOptions } from '../global-options.ts';
import { historyJson, isListed, mergeHistory, type HistoryEntry, type NodeHistory } from '../history.ts';
import { createHistoryFormat } from '../history-view.ts';
import { interruptSignal } from '../interrupt.ts';
import { allNodes, askNodes, nodeNamed, sortAnswers } from '../nodes.ts';
import { paint, printJson, printLines } from '../output.ts';
import { reportErrors } from '../report.ts';
import { watchEvents } from '../watch-events.ts';

const DEFAULT_LIMIT = 30;

export interface HistoryOptions extends ServiceOptions {
  /** How many entries at most, in decimal. */
  limit?: string;
  follow?: boolean;
}

/** Where and of what the history is asked. */
interface Scope {
  config: Config;
  nodes: readonly Node[];
  /** Empty for all services. */
  service: string;
  limit: number;
}

export async function history(service: string | undefined, options: HistoryOptions): Promise<void> {
  const limit =
    options.limit === undefined
      ? DEFAULT_LIMIT
      : parseCount(options.limit, { option: '--limit', of: 'entries' });
  const config = readConfig(options.config);
  const nodes = options.node === undefined ? allNodes(config) : [nodeNamed(config, options.node)];
  const scope = { config, nodes, limit, service: service === undefined ? '' : serviceName(service) };
  return options.follow === true ? follow(scope, options) : list(scope, options);
}

async function list(scope: Scope, options: HistoryOptions): Promise<void> {
  const { values, errors, exitCode } = await askHistory(scope);
  const entries = mergeHistory(values, scope.limit);
  if (options.json === true) printJson(entries.map(historyJson));
  else if (entries.length > 0) printLines(createHistoryFormat(paint).table(entries, new Date()));
  else if (values.length > 0) printLines([emptyLine(scope)]);
  reportErrors(errors, exitCode, options);
}

async function askHistory({ config, nodes, service, limit }: Scope) {
  const answers = await askNodes(config, nodes, {
    doing: 'list its history',
    ask: async ({ client, node }, call): Promise<NodeHistory> => {
      const [{ operations }, { events }] = await Promise.all([
        client.listOperations({ service, limit }, call),
        client.listEvents({ service, limit }, call),
      ]);
      return { node: node.name, operations, events };
    },
  });
  return sortAnswers(answers);
}

/** Prints the history and then events as they come. The watch begins first, so that none falls between. */
async function follow(scope: Scope, options: HistoryOptions): Promise<void> {
  const signal = interruptSignal();
  const watch = watchEvents(scope.config, scope.nodes, { service: scope.service, signal });
  try {
    const { values, errors, exitCode } = await askHistory(scope);
    const { first, more } = createPrinter(options.json === true);
    if (values.length > 0) first(mergeHistory(values, scope.limit));
    reportErrors(errors, exitCode, options);
    let failed = errors.length;
    await watch.passOn(
      (entry) => {
        if (!isListed(values, entry)) more(entry);
      },
      (node, error) => {
        // A node that did not answer was reported already.
        if (!values.some((value) => value.node === node)) return;
        failed += 1;
        reportErrors([error], exitCodeOfAnswers(scope.nodes.length, failed), options);
      },
    );
  } finally {
    watch.close();
  }
}

function createPrinter(json: boolean) {
  const format = createHistoryFormat(paint);
  const print = (entry: HistoryEntry): void => printJson(historyJson(entry), 'line');
  return json
    ? { first: (entries: readonly HistoryEntry[]) => entries.forEach(print), more: print }
    : {
        first: (entries: readonly HistoryEntry[]) => printLines(format.table(entries, new Date())),
        more: (entry: HistoryEntry) => printLines(format.more([entry], new Date())),
      };
}

function emptyLine({ nodes, service }: Scope): string {
  const where = nodes.map(({ name }) => name).join(', ');
  return service === '' ? `no history on ${where}` : `no history of ${service} on ${where}: see mcp ps`;
}
