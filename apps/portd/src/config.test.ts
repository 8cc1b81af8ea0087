import { fileURLToPath } from 'node:url';
import { loadConfig } from '@mcp/daemon/config';
import { expect, test } from 'vitest';
import { Config } from './config.ts';

test('the example configuration is one', () => {
  const file = fileURLToPath(new URL('../portd.example.toml', import.meta.url));
  expect(loadConfig(file, Config, { envPrefix: 'MCP_PORTD', env: {} })).toMatchObject({
    ports: { first: 10_000, last: 60_000 },
  });
});
