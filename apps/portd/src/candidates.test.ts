import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import { candidatePorts } from './candidates.ts';
import { readEphemeralPorts } from './ephemeral-ports.ts';

const ephemeral = { first: 20_000, last: 20_099 };

test('every port of the range comes once, those of outgoing connections last', () => {
  const range = { first: 19_950, last: 20_149 };
  const ports = [...candidatePorts(range, { taken: new Set([19_960]), ephemeral })];
  expect(ports).toHaveLength(199);
  expect(new Set(ports).size).toBe(199);
  expect(ports.slice(99).every((port) => port >= ephemeral.first && port <= ephemeral.last)).toBe(true);
});

test('the order is random', () => {
  const range = { first: 10_000, last: 19_999 };
  const first = () => candidatePorts(range, { taken: new Set(), ephemeral }).next().value;
  expect(new Set(Array.from({ length: 20 }, first)).size).toBeGreaterThan(10);
});

test('the kernel says which ports it takes, and the standard where it does not', () => {
  const file = join(temporaryDirectory(), 'range');
  writeFileSync(file, '32768\t60999\n');
  expect(readEphemeralPorts(file)).toEqual({ first: 32_768, last: 60_999 });
  expect(readEphemeralPorts(`${file}.missing`)).toEqual({ first: 49_152, last: 65_535 });
});
