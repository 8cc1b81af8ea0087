import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { daemonSections, loadConfig } from './config.ts';

const Schema = v.strictObject({
  ...daemonSections,
  ports: v.optional(
    v.strictObject({ first: v.optional(v.number(), 10_000), strict: v.optional(v.boolean(), false) }),
    {},
  ),
});

const GOOD = '[server]\nsocket = "/run/x.sock"\n[database]\npath = "/x.db"\n';

function load(text: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(temporaryDirectory(), 'portd.toml');
  writeFileSync(file, text);
  try {
    return loadConfig(file, Schema, { envPrefix: 'MCP_PORTD', env });
  } catch (error) {
    throw new Error(String((error as Error).message).replaceAll(file, 'portd.toml'));
  }
}

test('fills in every default', () => {
  expect(load(GOOD)).toMatchObject({ log: { level: 'info' }, ports: { first: 10_000, strict: false } });
});

test('a variable overrides a key, in the type of the key', () => {
  const config = load(GOOD, {
    MCP_PORTD_PORTS_FIRST: '20000',
    MCP_PORTD_PORTS_STRICT: 'true',
    MCP_PORTD_LOG_LEVEL: 'debug',
  });
  expect(config).toMatchObject({ log: { level: 'debug' }, ports: { first: 20_000, strict: true } });
});

test('a bad variable is named as such', () => {
  expect(() => load(GOOD, { MCP_PORTD_PORTS_FIRST: 'many' })).toThrow(
    'environment variable MCP_PORTD_PORTS_FIRST: must be number, not "many"',
  );
});

test.each([
  ['[server\n', /^portd\.toml:1:\d+: not TOML: /],
  [`${GOOD}[ports]\nfrist = 1\n`, /^portd\.toml:6:1: ports\.frist: unknown key$/],
  [`${GOOD}[ports]\nfirst = "a"\n`, /^portd\.toml:6:\d+: ports\.first: must be number, not "a"$/],
  [
    '[server]\nsocket = "run"\n',
    /portd\.toml:2:\d+: server\.socket: must be an absolute path, not "run"\nportd\.toml:1:1: database: required, but missing/,
  ],
])('says file, line, key and reason for %j', (text, message) => {
  expect(() => load(text)).toThrow(message);
});

test('a file that is not there is one line', () => {
  expect(() => loadConfig('/nowhere/portd.toml', Schema, { envPrefix: 'X' })).toThrow(
    '/nowhere/portd.toml: no such file',
  );
});
