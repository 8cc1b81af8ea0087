import { readConfig } from '../config.ts';
import type { OperationVerbOptions } from '../global-options.ts';
import { runOperation } from '../run-operation.ts';
import { locateService } from '../service-node.ts';

export async function stop(service: string, options: OperationVerbOptions): Promise<void> {
  const config = readConfig(options.config);
  const { name, node } = await locateService(config, service, options.node);
  await runOperation(
    { config, node, subject: { verb: 'stop', service: name, target: '', node: node.name } },
    (client, call) => client.stop({ service: name, noWait: options.wait === false }, call),
    options,
  );
}
