import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { findPlace, findPlaces, type Place } from './positions.ts';

/** Returns what stands at the key and at the value of `path`, to the end of the line. */
function at(text: string, ...path: (string | number)[]): [string, string] | undefined {
  const place = findPlace(findPlaces(text), path);
  const restOfLine = (from: number): string => text.slice(from).split('\n', 1)[0]!;
  return place && [restOfLine(place.key), restOfLine(place.value)];
}

describe('findPlaces', () => {
  test.each<[string, string, (string | number)[], [string, string]]>([
    ['a key', 'a = 1', ['a'], ['a = 1', '1']],
    ['a key after a table', '[t]\n\ta=1', ['t', 'a'], ['a=1', '1']],
    ['a table with a header', '# [t]\n [ t ]', ['t'], ['t ]', '[ t ]']],
    ['a table between dots', '[a.b]', ['a'], ['a.b]', 'a.b]']],
    ['a table whose header comes late', '[a.b]\n[a] # a', ['a'], ['a] # a', '[a] # a']],
    ['a list of tables', '[[t]]\n[[t]]', ['t'], ['t]]', '[[t]]']],
    ['an item of a list of tables', '[[t]] # 0\n[[t]] # 1', ['t', 1], ['t]] # 1', '[[t]] # 1']],
    ['a table in the last item', '[[t]]\n[[t]]\n[t.u]\nx = 1', ['t', 1, 'u', 'x'], ['x = 1', '1']],
    [
      'a list in the last item',
      '[[t]]\n[[t.u]]\nx = 1\n[[t.u]]\nx = 2',
      ['t', 0, 'u', 1, 'x'],
      ['x = 2', '2'],
    ],
    ['a dotted key', 'a . "b.c" = 1', ['a', 'b.c'], ['"b.c" = 1', '1']],
    ['a key with escapes', '"\\u0061\\"" = 1', ['a"'], ['"\\u0061\\"" = 1', '1']],
    ['a literal key', "'a\\' = 1", ['a\\'], ["'a\\' = 1", '1']],
    ['an empty key', '"" = 1', [''], ['"" = 1', '1']],
    ['an inline table', 'a = { b = 1, c.d = 2 }', ['a', 'c', 'd'], ['d = 2 }', '2 }']],
    ['an item of a list', "a = [1, # ]\n \"]\", '''\n]''', 4]", ['a', 3], ['4]', '4]']],
    ['an item of a nested list', 'a = [[1], [2, 3]]', ['a', 1, 1], ['3]]', '3]]']],
    ['a key after a string with quotes', 'a = """x"y\\""""""\nb = 1', ['b'], ['b = 1', '1']],
    ['a key after a date with a blank', 'a = 2026-01-01 10:00:00\nb = 1', ['b'], ['b = 1', '1']],
    ['a key after Windows line ends', 'a = 1\r\n\r\nb = 2', ['b'], ['b = 2', '2']],
    ['a key of Object.prototype', 'constructor = 1\n__proto__ = 2', ['__proto__'], ['__proto__ = 2', '2']],
  ])('finds %s', (_, text, path, expected) => {
    parse(text);
    expect(at(text, ...path)).toEqual(expected);
  });

  test('agrees with the parser on every path of any document', () => {
    fc.assert(
      fc.property(document, (text) => {
        const root = findPlaces(text);
        const leaves = checkPlaces(text, parse(text), root);
        expect(leaves).toBe(text.match(/LEAF/g)?.length ?? 0);
      }),
      { numRuns: 300 },
    );
  });

  test('comes to an end for text that is not TOML', () => {
    const token = fc.constantFrom(
      '[',
      ']',
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
      ' ',
      'a',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), (tokens) => {
        try {
          parse(tokens.join(''));
        } catch {
          return; // only what parses is ever looked at
        }
        findPlaces(tokens.join(''));
      }),
      { numRuns: 1000 },
    );
  });
});

/** Counts the leaves below `value` and checks that each table, item and leaf stands where it should. */
function checkPlaces(text: string, value: unknown, place: Place | undefined): number {
  if (!place) throw new Error(`no place in ${text}`);
  if (typeof value !== 'object' || value === null) {
    const written = text.slice(place.value).match(/^["']*\n?LEAF\d+/)?.[0];
    expect(written?.replace(/["'\n]/g, '')).toBe(String(value).match(/LEAF\d+/)?.[0]);
    return 1;
  }
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  expect([...place.children.keys()].toSorted()).toEqual(entries.map(([key]) => key).toSorted());
  return entries.reduce((sum, [key, inner]) => sum + checkPlaces(text, inner, place.children.get(key)), 0);
}

type Tree =
  { leaf: number } | { list: Tree[]; inline: boolean } | { table: Record<string, Tree>; style: number };

const key = fc.constantFrom('a', 'b-1', '1', 'x.y', '"', '# [', "it's", 'é', '');

const { tree } = fc.letrec<{ tree: Tree; table: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record({ leaf: fc.nat(4) }),
    fc.record({ list: fc.array(tie('tree'), { maxLength: 3 }), inline: fc.boolean() }),
    tie('table'),
  ),
  table: fc.record({ table: fc.dictionary(key, tie('tree'), { maxKeys: 4 }), style: fc.nat(2) }),
}));

const document = fc
  .dictionary(key, tree, { maxKeys: 5 })
  .map((table) => writeTable(table, [], { leaves: 0 }));

/** Writes tables as headers, dotted keys or inline, lists as items or repeated headers. */
function writeTable(table: Record<string, Tree>, path: string[], count: { leaves: number }): string {
  const lines: string[] = [];
  const headers: string[] = [];
  for (const [name, node] of Object.entries(table)) {
    const inner = [...path, writeKey(name)];
    if ('table' in node && node.style === 0) {
      headers.push(` [ ${inner.join(' . ')} ] # ]]\n${writeTable(node.table, inner, count)}`);
    } else if ('list' in node && !node.inline && isTables(node.list)) {
      const items = node.list.map(
        ({ table: item }) => `[[${inner.join('.')}]]\n${writeTable(item, inner, count)}`,
      );
      headers.push(items.join('\n# "\n'));
    } else lines.push(writeEntry(writeKey(name), node, count));
  }
  return [...lines, ...headers].join('\n') + '\n';
}

function writeEntry(name: string, node: Tree, count: { leaves: number }): string {
  const entries = 'table' in node && node.style === 1 ? Object.entries(node.table) : [];
  if (entries.length === 0) return `${name} =  ${writeInline(node, count)}`;
  return entries.map(([inner, value]) => writeEntry(`${name}. ${writeKey(inner)}`, value, count)).join('\n');
}

function writeInline(node: Tree, count: { leaves: number }): string {
  if ('leaf' in node) return writeLeaf(node.leaf, `LEAF${count.leaves++}`);
  if ('list' in node) return `[ # [\n${node.list.map((item) => writeInline(item, count)).join(' ,\n')}]`;
  const entries = Object.entries(node.table).map(
    ([name, value]) => `${writeKey(name)} = ${writeInline(value, count)}`,
  );
  return `{ ${entries.join(', ')} }`;
}

function writeLeaf(style: number, leaf: string): string {
  return [
    `"${leaf} \\" ]"`,
    `'${leaf} } \\'`,
    `"""${leaf}\n[x]\ny = "" \\""""""`,
    `'''\n${leaf}'' #\n'''''`,
    `"${leaf}"`,
  ][style]!;
}

function writeKey(name: string): string {
  return /^[a-z0-9-]+$/.test(name) ? name : JSON.stringify(name);
}

function isTables(list: Tree[]): list is Extract<Tree, { table: unknown }>[] {
  return list.length > 0 && list.every((item) => 'table' in item);
}
