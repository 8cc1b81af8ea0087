import { GetServiceResponse, OperationState, type Operation } from '@mcp/proto/agent';
import { ClientError, Status } from 'nice-grpc-common';
import { readConfig, type Config } from '../config.ts';
import type { ServiceOptions } from '../global-options.ts';
import { allNodes, askNode, askNodes, nodeNamed, sortAnswers } from '../nodes.ts';
import { paint, printJson, printLines } from '../output.ts';
import { reportErrors } from '../report.ts';
import { locateService } from '../service-node.ts';
import { overviewLines, statusLines } from '../status-view.ts';

export async function status(service: string | undefined, options: ServiceOptions): Promise<void> {
  const config = readConfig(options.config);
  return service === undefined ? overview(config, options) : one(config, service, options);
}

async function one(config: Config, service: string, options: ServiceOptions): Promise<void> {
  const { name, node } = await locateService(config, service, options.node);
  const response = await askNode(config, node, {
    doing: `describe ${name}`,
    ask: (agent, call) => agent.client.getService({ service: name }, call),
  });
  if (options.json === true) printJson(GetServiceResponse.toJSON(response));
  else printLines(statusLines(response, new Date(), paint));
}

async function overview(config: Config, options: ServiceOptions): Promise<void> {
  const nodes = options.node === undefined ? allNodes(config) : [nodeNamed(config, options.node)];
  const answers = await askNodes(config, nodes, {
    doing: 'describe its services',
    ask: async ({ client }, call) => {
      const [{ services }, { operations }] = await Promise.all([
        client.listServices({}, call),
        client.listOperations({}, call),
      ]);
      const found = services.map(({ name }) =>
        client.getService({ service: name }, call).catch(undefinedWhenGone),
      );
      const statuses = (await Promise.all(found)).filter((each) => each !== undefined);
      const isGone = ({ service }: Operation): boolean => !services.some(({ name }) => name === service);
      const stuck = operations.filter((each) => each.state === OperationState.STUCK && isGone(each));
      return { statuses, stuck };
    },
  });
  const { values, errors, exitCode } = sortAnswers(answers);
  const statuses = values
    .flatMap((each) => each.statuses)
    .toSorted((a, b) => (a.summary?.name ?? '').localeCompare(b.summary?.name ?? ''));
  const stuck = values.flatMap((each) => each.stuck);
  if (options.json === true) printJson(statuses.map(GetServiceResponse.toJSON));
  else if (values.length > 0) printLines(overviewLines({ statuses, stuck }, paint));
  reportErrors(errors, exitCode, options);
}

/** A service may be undeployed between the list and the question. */
function undefinedWhenGone(error: unknown): undefined {
  if (error instanceof ClientError && error.code === Status.NOT_FOUND) return undefined;
  throw error;
}
