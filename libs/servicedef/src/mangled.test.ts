import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { definition } from './arbitrary-definition.ts';
import { parseServiceDefinition, type ParseResult } from './parse.ts';
import { formatProblem } from './problem.ts';

/** Parses `text` and checks what must hold for any text. */
function parseAnything(text: string): ParseResult {
  const parsed = parseServiceDefinition(text, { file: 'demo.toml', registry: 'mcr.example:8443' });
  if ('spec' in parsed) return parsed;
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  expect(parsed.problems).not.toHaveLength(0);
  for (const { line, column, message, source } of parsed.problems) {
    expect(lines[line - 1]).toBe(source);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual(source.length + 1);
    expect(message).not.toMatch(/undefined|\[object|\n/);
  }
  const positions = parsed.problems.map(({ line, column }) => line * 2 ** 21 + column);
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  expect(parsed.problems.map(formatProblem).join('\n')).toContain('demo.toml:');
  return parsed;
}

const text = definition.map((table) => stringify({ ...table, name: 'demo' }));

const token = fc.constantFrom(
  ...[
    '[',
    ']]',
    '{',
    '}',
    '"',
    "'",
    '"""',
    '\\',
    '#',
    '=',
    ',',
    '.',
    '\n',
    '\r\n',
    '\0',
    '\uFEFF',
    '😀',
    '\ud800',
  ],
  ...[
    'name',
    'env',
    '__proto__',
    'constructor',
    'latest',
    '-1',
    '1e999',
    'nan',
    '2026-01-01',
    'true',
    '..',
    '*',
  ],
);

type Edit = {
  kind: 'delete' | 'insert' | 'replace' | 'duplicate' | 'swap';
  from: number;
  length: number;
  by: string;
};

const edit = fc.record<Edit>({
  kind: fc.constantFrom('delete', 'insert', 'replace', 'duplicate', 'swap'),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(30),
  by: fc.oneof(token, fc.string({ unit: 'binary', maxLength: 5 })),
});

function apply(original: string, { kind, from, length, by }: Edit): string {
  const start = Math.floor(from * original.length);
  const end = start + length;
  const [before, slice, after] = [original.slice(0, start), original.slice(start, end), original.slice(end)];
  switch (kind) {
    case 'delete':
      return before + after;
    case 'insert':
      return before + by + slice + after;
    case 'replace':
      return before + by + after;
    case 'duplicate':
      return before + slice + slice + after;
    case 'swap':
      return before + after.slice(0, length) + slice + after.slice(length);
  }
}

const anyValue = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', 'latest', '/', '..', '1:1', 'api', '0s', '*', 'a@b', '__proto__'),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.nat(70_000),
  fc.double(),
  fc.boolean(),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
  fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.nat(), fc.boolean()), { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.string({ maxLength: 5 }), fc.constant({})), {
    maxKeys: 3,
  }),
  fc.array(fc.constant({}), { maxLength: 3 }),
);

/** Puts `value` in one of the fields of `table`, at any depth; `choice` says which. */
function spoil(table: object, choice: number, value: unknown): unknown {
  const keys = Object.keys(table).filter((key) => Reflect.get(table, key) !== undefined);
  const key = keys[choice % Math.max(keys.length, 1)];
  if (key === undefined) return value;
  const rest = Math.floor(choice / keys.length);
  const inner: unknown = Reflect.get(table, key);
  const spoilt =
    typeof inner === 'object' && inner !== null && rest % 4 > 0 ? spoil(inner, rest >> 2, value) : value;
  if (Array.isArray(table))
    return table.map((item: unknown, index) => (String(index) === key ? spoilt : item));
  return { ...table, [key]: spoilt };
}

describe('parseServiceDefinition, for any text, returns a spec or problems within the text', () => {
  test('when slices are deleted, inserted, replaced, doubled or swapped', () => {
    let specs = 0;
    fc.assert(
      fc.property(text, fc.array(edit, { minLength: 1, maxLength: 4 }), (original, edits) => {
        if ('spec' in parseAnything(edits.reduce(apply, original))) specs++;
      }),
      { numRuns: 700 },
    );
    expect(specs).toBeGreaterThan(0);
  });

  test('when a field has any value', () => {
    fc.assert(
      fc.property(definition, fc.nat(), anyValue, (table, choice, value) => {
        const spoilt = spoil({ ...table, name: 'demo' }, choice, value);
        parseAnything(stringify(spoilt));
      }),
      { numRuns: 700 },
    );
  });

  test('when it is random', () => {
    const random = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join('')),
    );
    fc.assert(
      fc.property(random, (text) => void parseAnything(text)),
      { numRuns: 1000 },
    );
  });

  test.each<[string, string]>([
    ['of unknown keys', Array.from({ length: 80_000 }, (_, i) => `k${i} = 1`).join('\n')],
    ['of components', `components = [${'{ name = "a" },'.repeat(60_000)}]`],
    [
      'of routes',
      Array.from({ length: 20_000 }, (_, i) => `[[components]]\nname = "c${i}"\nroutes = [{}]`).join('\n'),
    ],
    [
      'of dependencies',
      `[[components]]\ndepends_on = [${Array.from({ length: 90_000 }, (_, i) => `"c${i}"`).join()}]`,
    ],
    ['of variables', `[[components]]\nname = "a"\nenv = [${'"A=1",'.repeat(120_000)}]`],
    ['of levels', 'a.'.repeat(400_000) + 'a = 1'],
    ['of brackets', `a = ${'['.repeat(900_000)}`],
    ['of one key', `${'a'.repeat(1_000_000)} = 1`],
    ['of one number', `name = ${'9'.repeat(1_000_000)}`],
    ['of one image', `[[components]]\nimage = "${'a-'.repeat(500_000)}"`],
    ['of one path', `[[components]]\nvolumes = ["${'/a'.repeat(500_000)}:/.."]`],
    ['of blanks and comments', ' \t#\n'.repeat(200_000)],
  ])('in a moment when it is a megabyte %s', (_, large) => {
    const before = performance.now();
    const parsed = parseServiceDefinition(large, { file: 'demo.toml', registry: 'localhost' });
    if ('problems' in parsed) parsed.problems.slice(0, 1000).map(formatProblem);
    expect(performance.now() - before).toBeLessThan(4000);
  });

  test('when it is more than a megabyte, with one problem', () => {
    const parsed = parseAnything(`name = "demo"\n#${'é'.repeat(600_000)}`);
    expect('problems' in parsed && parsed.problems.map(({ message }) => message)).toEqual([
      'a definition must be at most 1 MiB',
    ]);
  });
});
