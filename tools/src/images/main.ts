/** `npm run images [-- VERSION]`: builds the example's images with the engine of the running stack. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageWithCauses } from '@mcp/daemon/errors';
import { repository } from '../repository.ts';
import type { StackFile } from '../stack/stack.ts';
import { buildImages } from './build.ts';
import { helloImages } from './hello.ts';

const [version = 'v1.0.0'] = process.argv.slice(2);
const config = process.env['MCP_CONFIG'] ?? join(repository, '.stack', 'mcp.toml');
const stackFile = join(dirname(config), 'stack.json');
try {
  const { containers } = JSON.parse(readFileSync(stackFile, 'utf8')) as StackFile;
  const images = helloImages(version);
  await buildImages(containers.replace('unix://', ''), images);
  process.stdout.write(
    `${images.flatMap(({ tags }) => tags.map(({ reference }) => reference)).join('\n')}\n`,
  );
} catch (error) {
  process.stderr.write(
    `images: ${messageWithCauses(error)}\nIs a stack running? Start one with npm run stack\n`,
  );
  process.exitCode = 1;
}
