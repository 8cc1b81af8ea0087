import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { definition } from './arbitrary-definition.ts';
import { formatServiceDefinition } from './format.ts';
import { parseServiceDefinition, type ParseResult } from './parse.ts';

const REGISTRY = 'mcr.example:8443';

function parse(text: string): ParseResult {
  const name = /^name = "(.*)"/.exec(text)?.[1];
  return parseServiceDefinition(text, { file: `${name}.toml`, registry: REGISTRY });
}

describe('formatServiceDefinition', () => {
  test('leaves out every default', () => {
    const text = `name = "demo"
node = "rift"
version = "v1"

[[components]]
name = "api"

[[components]]
name = "web"
version = "v2"
env = [ "A=1" ]
depends_on = [ "api" ]
strategy = "overlap"
hold = "1m30s"
drain = "0s"
memory = "1536k"

[components.health]
path = "/"
interval = "1m30s"

[[components.routes]]
port = 443
mode = "l7"
`;
    const parsed = parse(
      text
        .replace('version = "v1"', 'version = "v1"\nactive = true\npath = "demo"')
        .replace('name = "api"', 'name = "api"\nimage = "demo"\nversion = "v1"\nstrategy = "recreate"')
        .replace('port = 443', 'port = 443\nbackend_tls = false'),
    );
    expect('spec' in parsed && formatServiceDefinition(parsed.spec, { registry: REGISTRY })).toBe(text);
  });

  test('writes what parses to the same spec', () => {
    let accepted = 0;
    fc.assert(
      fc.property(definition, (table) => {
        const parsed = parse(stringify(table));
        if ('problems' in parsed) return;
        accepted++;
        expect(parse(formatServiceDefinition(parsed.spec, { registry: REGISTRY }))).toEqual(parsed);
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(150);
  });
});
