import { join } from 'node:path';
import { loadConfig } from '@mcp/daemon/config';
import { expect, test } from 'vitest';
import { Config } from './config.ts';

test('the example configuration is valid', () => {
  const file = join(import.meta.dirname, '../certd.example.toml');
  const { issuers, renewal } = loadConfig(file, Config, { envPrefix: 'MCP_CERTD', env: {} });
  expect(issuers.map(({ name }) => name)).toEqual(['metacrypt']);
  expect(renewal.interval_s).toBe(3600);
});
