import { PlanResponse, type ServiceSpec } from '@mcp/proto/agent';
import { readConfig, type Config, type Node } from '../config.ts';
import { requireSpec } from '../definitions.ts';
import type { GlobalOptions } from '../global-options.ts';
import { askNode, nodeNamed } from '../nodes.ts';
import { paint, printJson, printLines } from '../output.ts';
import { planLines } from '../plan-view.ts';
import { runOperation } from '../run-operation.ts';

export interface DeployOptions extends GlobalOptions {
  /** Say what would change, change nothing. */
  plan?: boolean;
  /** Replaces the version of the definition. */
  version?: string;
  force?: boolean;
  /** False: refuse instead of waiting for another operation. */
  wait?: boolean;
}

export async function deploy(service: string, options: DeployOptions): Promise<void> {
  const config = readConfig(options.config);
  const spec = requireSpec(config, service, options.version);
  const node = nodeNamed(config, spec.node, `definition of ${spec.name}`);
  if (options.plan === true) return plan(config, { node, spec }, options);
  const subject = { verb: 'deploy', service: spec.name, target: spec.version, node: node.name } as const;
  await runOperation(
    { config, node, subject },
    (client, call) =>
      client.deploy({ spec, noWait: options.wait === false, force: options.force === true }, call),
    options,
  );
}

async function plan(
  config: Config,
  { node, spec }: { node: Node; spec: ServiceSpec },
  options: DeployOptions,
) {
  const response = await askNode(config, node, {
    doing: `plan ${spec.name}`,
    ask: (agent, call) => agent.client.plan({ spec }, call),
  });
  if (options.json === true) return printJson(PlanResponse.toJSON(response));
  printLines(planLines(response.changes, spec, paint));
}
