import { loadConfig } from '@mcp/daemon/config';
import { expect, test } from 'vitest';
import { Config } from './config.ts';

test('the example is a configuration', () => {
  const example = new URL('../routed.example.toml', import.meta.url).pathname;
  const { mc_proxy, sync } = loadConfig(example, Config, { envPrefix: 'MCP_ROUTED', env: {} });
  expect(mc_proxy.address).toBe('unix:/srv/mc-proxy/mc-proxy.sock');
  expect(sync.interval_s).toBe(30);
});

test('an address that is none is refused', () => {
  const example = new URL('../routed.example.toml', import.meta.url).pathname;
  const env = { MCP_ROUTED_MC_PROXY_ADDRESS: 'mc-proxy' };
  expect(() => loadConfig(example, Config, { envPrefix: 'MCP_ROUTED', env })).toThrow(
    'environment variable MCP_ROUTED_MC_PROXY_ADDRESS: must be unix:/path, host:port or [ipv6]:port',
  );
});
