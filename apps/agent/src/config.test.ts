import { fileURLToPath } from 'node:url';
import { loadConfig } from '@mcp/daemon/config';
import { expect, test } from 'vitest';
import { Config } from './config.ts';

test('the example configuration is one', () => {
  const file = fileURLToPath(new URL('../agent.example.toml', import.meta.url));
  expect(loadConfig(file, Config, { envPrefix: 'MCP_AGENT', env: {} })).toMatchObject({
    node: { name: 'rift' },
    portd: { address: 'unix:/srv/mcp/run/portd.sock' },
  });
});
