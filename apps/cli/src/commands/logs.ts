import { once } from 'node:events';
import { LogsResponse } from '@mcp/proto/agent';
import { readConfig } from '../config.ts';
import { parseCount } from '../count.ts';
import type { ServiceOptions } from '../global-options.ts';
import { interruptSignal } from '../interrupt.ts';
import { createLogFormat } from '../log-view.ts';
import { openAgent } from '../nodes.ts';
import { paint } from '../output.ts';
import { locateService } from '../service-node.ts';
import { parseSince } from '../since.ts';

export interface LogsOptions extends ServiceOptions {
  follow?: boolean;
  /** Last lines per component, in decimal. */
  tail?: string;
  /** Duration or time. */
  since?: string;
}

/** Prints log lines until there are no more, or until Ctrl-C. */
export async function logs(
  service: string,
  component: string | undefined,
  options: LogsOptions,
): Promise<void> {
  const tail = options.tail === undefined ? 0 : parseCount(options.tail, { option: '-n', of: 'lines' });
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const config = readConfig(options.config);
  const { name, node } = await locateService(config, service, options.node);
  const agent = openAgent(config, node);
  const signal = interruptSignal();
  const format = createLogFormat(paint);
  const request = { service: name, component: component ?? '', follow: options.follow === true, tail, since };
  try {
    for await (const line of agent.client.logs(request, { signal })) {
      const text = options.json === true ? JSON.stringify(LogsResponse.toJSON(line)) : format(line);
      if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw agent.explain(error, `read logs of ${name}`);
  } finally {
    agent.close();
  }
}
