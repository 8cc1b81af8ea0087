import { fileURLToPath } from 'node:url';
import { loadConfig } from '@mcp/daemon/config';
import { expect, test } from 'vitest';
import { Config } from './config.ts';

const example = fileURLToPath(new URL('../dnsd.example.toml', import.meta.url));

test('the example configuration is complete and has no unknown key', () => {
  const config = loadConfig(example, Config, { envPrefix: 'MCP_DNSD', env: {} });
  expect(config).toMatchObject({ records: { ttl: 60 }, sync: { interval_s: 30 } });
  expect(config.zones).toEqual([
    {
      name: 'svc.mcp.metacircular.net',
      provider: 'mcns',
      server_url: 'https://127.0.0.1:8443',
      ca_cert: '/srv/mcp/tls/ca.pem',
      token_path: '/srv/mcp/mcns.token',
    },
  ]);
});

test('a variable overrides a key', () => {
  const env = { MCP_DNSD_RECORDS_TTL: '5' };
  expect(loadConfig(example, Config, { envPrefix: 'MCP_DNSD', env }).records.ttl).toBe(5);
});
