import { readConfig } from '../config.ts';
import type { GlobalOptions } from '../global-options.ts';
import { allNodes, askNodes, sortAnswers } from '../nodes.ts';
import { paint, printJson, printLines } from '../output.ts';
import { psJson, psLines } from '../ps-view.ts';
import { reportErrors } from '../report.ts';

export async function ps(options: GlobalOptions): Promise<void> {
  const config = readConfig(options.config);
  const answers = await askNodes(config, allNodes(config), {
    doing: 'list services',
    ask: (agent, call) => agent.client.listServices({}, call),
  });
  const { values, errors, exitCode } = sortAnswers(answers);
  const services = values.flatMap((answer) => answer.services);
  if (options.json === true) printJson(psJson(services));
  else if (values.length > 0) printLines(psLines(services, new Date(), paint));
  reportErrors(errors, exitCode, options);
}
