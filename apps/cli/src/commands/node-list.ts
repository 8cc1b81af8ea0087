import { GetNodeResponse } from '@mcp/proto/agent';
import { readConfig } from '../config.ts';
import type { GlobalOptions } from '../global-options.ts';
import { nodeJson, nodeLines, partLines } from '../node-view.ts';
import { allNodes, askNodes, sortAnswers } from '../nodes.ts';
import { paint, printJson, printLines } from '../output.ts';
import { reportErrors } from '../report.ts';

export async function nodeList(options: GlobalOptions): Promise<void> {
  const config = readConfig(options.config);
  const answers = await askNodes(config, allNodes(config), {
    doing: 'describe itself',
    ask: (agent, call) => agent.client.getNode({}, call),
  });
  const { errors, exitCode } = sortAnswers(answers);
  if (options.json === true) printJson(nodeJson(answers, GetNodeResponse.toJSON));
  else printLines([...nodeLines(answers, paint), ...partLines(answers)]);
  reportErrors(errors, exitCode, options);
}
