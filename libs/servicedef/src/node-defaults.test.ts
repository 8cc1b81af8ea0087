import { expect, test } from 'vitest';
import { withNodeDefaults } from './node-defaults.ts';
import { parseServiceDefinition } from './parse.ts';

const DEFAULTS = {
  serviceDomain: 'svc.mcp.example',
  network: 'mcpnet',
  user: '0:0',
  restart: 'unless-stopped',
  dataDir: '/data',
};

function fill(component: string): ReturnType<typeof withNodeDefaults> {
  const text = `name = "demo"\nnode = "rift"\nversion = "v1"\n[[components]]\nname = "api"\n${component}`;
  const parsed = parseServiceDefinition(text, { file: 'demo.toml', registry: 'localhost' });
  if ('problems' in parsed) throw new Error(parsed.problems[0]?.message);
  return withNodeDefaults(parsed.spec, DEFAULTS);
}

test('fills in what the definition leaves to the node', () => {
  expect(fill('volumes = ["/mnt:/mnt"]\nroutes = [{ port = 443 }]').components[0]).toMatchObject({
    network: 'mcpnet',
    user: '0:0',
    restart: 'unless-stopped',
    volumes: [
      { hostPath: '/data/demo', containerPath: '/srv/demo' },
      { hostPath: '/mnt', containerPath: '/mnt' },
    ],
    routes: [{ hostname: 'demo.svc.mcp.example' }],
  });
});

test('keeps what the definition says', () => {
  const lines = `network = "host"\nuser = "nobody"\nrestart = "no"\nvolumes = ["/mnt:/srv/demo/:ro"]
    routes = [{ port = 443, hostname = "docs.example" }]`;
  expect(fill(lines).components[0]).toMatchObject({
    network: 'host',
    user: 'nobody',
    restart: 'no',
    volumes: [{ hostPath: '/mnt', containerPath: '/srv/demo/', options: ['ro'] }],
    routes: [{ hostname: 'docs.example' }],
  });
});
