import { fileURLToPath } from 'node:url';
import { loadConfig } from '@mcp/daemon/config';
import { expect, test } from 'vitest';
import { Config, seedZones } from './config.ts';

const example = fileURLToPath(new URL('../mcns.example.toml', import.meta.url));

test('the example configuration is complete and has no unknown key', () => {
  const config = loadConfig(example, Config, { envPrefix: 'MCNS', env: {} });
  expect(config.dns.listen_addr).toBe('127.0.0.1:5353');
  expect(seedZones(config)).toEqual([
    {
      name: 'svc.mcp.metacircular.net',
      primaryNs: 'ns.mcp.metacircular.net',
      adminEmail: 'admin.metacircular.net',
      refresh: 3600,
      retry: 600,
      expire: 86_400,
      minimumTtl: 300,
    },
  ]);
});

test('a variable overrides a key', () => {
  const env = { MCNS_DNS_LISTEN_ADDR: '127.0.0.1:53' };
  expect(loadConfig(example, Config, { envPrefix: 'MCNS', env }).dns.listen_addr).toBe('127.0.0.1:53');
});
