import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageWithCauses } from '@mcp/daemon/errors';
import { bundlePrograms } from '../bundle/bundle.ts';
import { repository } from '../repository.ts';
import { startStack } from './stack.ts';
import { stopSignal } from '../stop-signal.ts';

const { values } = parseArgs({ options: { dir: { type: 'string', default: '.stack' } } });
const stop = stopSignal();

const startedAt = performance.now();
try {
  await bundlePrograms();
  const dir = resolve(process.env['INIT_CWD'] ?? repository, values.dir);
  const stack = await startStack({
    dir,
    signal: stop,
    report: (line) => process.stdout.write(`${line}\n`),
  });
  const { config, services, dns, listeners } = stack.file();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`The platform is up in ${seconds} s, under ${dir}

  definitions  ${services}
  DNS          ${dns}
  proxy        ${Object.entries(listeners)
    .map(([port, address]) => `${port} at ${address}`)
    .join(', ')}

  export MCP_CONFIG=${config}
  npx mcp node list

Ctrl-C stops it; containers of services that are still deployed keep running.
`);
  if (!stop.aborted) await once(stop, 'abort');
  process.stdout.write('stopping\n');
  await stack.stop();
} catch (error) {
  process.stderr.write(`stack: ${messageWithCauses(error)}\n`);
  process.exitCode = 1;
}
