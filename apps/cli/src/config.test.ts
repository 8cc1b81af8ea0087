import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import { configFile, readConfig } from './config.ts';

const example = fileURLToPath(new URL('../mcp.example.toml', import.meta.url));

function write(text: string): string {
  const file = join(temporaryDirectory(), 'mcp.toml');
  writeFileSync(file, text);
  return file;
}

test('loads the example, with paths made absolute', () => {
  expect(readConfig(example)).toMatchObject({
    services: join(dirname(example), 'services'),
    build: { workspace: join(homedir(), 'src/metacircular') },
    auth: { token_path: join(homedir(), '.config/mcp/token') },
    nodes: [{ name: 'rift', address: '100.95.252.120:9444', ca_cert: join(homedir(), '.config/mcp/ca.pem') }],
    daemons: { portd: 'unix:/srv/mcp/run/portd.sock' },
  });
});

test('takes an empty file, and ~ in socket addresses', () => {
  expect(readConfig(write(''))).toMatchObject({ nodes: [], daemons: {} });
  const { daemons } = readConfig(write('[daemons]\nportd = "unix:~/run/portd.sock"\ndnsd = "~/dnsd.sock"\n'));
  expect(daemons).toEqual({ portd: `unix:${homedir()}/run/portd.sock`, dnsd: `${homedir()}/dnsd.sock` });
});

test('is found at --config, else MCP_CONFIG, else in the home folder', () => {
  expect(configFile('/a.toml', { MCP_CONFIG: '/b.toml' })).toBe('/a.toml');
  expect(configFile(undefined, { MCP_CONFIG: '/b.toml' })).toBe('/b.toml');
  expect(configFile(undefined, {})).toBe(join(homedir(), '.config/mcp/mcp.toml'));
});

test.each([
  ['registri = "x"', /mcp\.toml:1:1: registri: unknown key/],
  [
    '[[nodes]]\nname = "rift"\naddress = "rift"',
    /mcp\.toml:3:1: nodes\.0\.address: must be unix:\/path, host:port/,
  ],
  ['[[nodes]]\nname = "Rift"\naddress = "/a"', /mcp\.toml:2:1: nodes\.0\.name: must be a DNS label/],
  [
    '[[nodes]]\nname = "a"\naddress = "/a"\n[[nodes]]\nname = "a"\naddress = "/b"',
    /nodes: two nodes have one name/,
  ],
  ['nodes = [', /mcp\.toml:1:\d+: not TOML/],
])('refuses %j', (text, message) => {
  expect(() => readConfig(write(text))).toThrow(message);
});
