import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@mcp/daemon/config';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import { Config } from './config.ts';

const EXAMPLE = new URL('../mc-proxy.example.toml', import.meta.url).pathname;

test('the example is a configuration, with these defaults', () => {
  const { haproxy, listeners } = loadConfig(EXAMPLE, Config, { envPrefix: 'MC_PROXY', env: {} });
  expect(haproxy).toMatchObject({ binary: 'haproxy', hold_ms: 10_000, on_stop: 'keep' });
  expect(listeners.map(({ port, address, routes }) => [port, address, routes.length])).toEqual([
    [443, '[::]:443', 2],
    [8443, '0.0.0.0:8443', 0],
  ]);
});

const SECTIONS = '[server]\nsocket = "/s"\n[database]\npath = "/d"\n';

test.each([
  [
    '[haproxy]\ndirectory = "haproxy"\n[[listeners]]\nport = 443',
    'haproxy.directory: must be an absolute path of letters, digits and _ . -',
  ],
  ['[haproxy]\ndirectory = "/h"\nholdms = 1\n[[listeners]]\nport = 443', 'haproxy.holdms: unknown key'],
  [
    '[haproxy]\ndirectory = "/h"\n[[listeners]]\nport = 443\n[[listeners]]\nport = 443',
    'listeners: each port may be named once',
  ],
  [
    '[haproxy]\ndirectory = "/h"\n[[listeners]]\nport = 443\naddress = "web:443"',
    'listeners.0.address: must be "<ip>:<port>"',
  ],
])('says what is wrong with %j', (text, message) => {
  const file = join(temporaryDirectory(), 'mc-proxy.toml');
  writeFileSync(file, SECTIONS + text);
  expect(() => loadConfig(file, Config, { envPrefix: 'MC_PROXY', env: {} })).toThrow(message);
});
