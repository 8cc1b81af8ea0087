import { runCommand } from '@mcp/daemon/command';
import { issueFiles, printRoot } from './commands.ts';
import { Config } from './config.ts';
import { migrations } from './migrations.ts';

await runCommand({
  name: 'metacrypt',
  envPrefix: 'METACRYPT',
  schema: Config,
  migrations,
  async serve(parts) {
    // Loaded here because the other verbs need no HTTP and must be quick.
    const { serveRest } = await import('./rest-server.ts');
    await serveRest(parts);
  },
  verbs: { issue: issueFiles, root: (config) => printRoot(config) },
});
