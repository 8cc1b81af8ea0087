import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { expectedFrom } from './toml-reason.ts';

function reasonOf(text: string): string {
  try {
    parse(text, { maxDepth: 2 });
    return 'TOML';
  } catch (error) {
    return expectedFrom(error instanceof Error ? error.message : '');
  }
}

test.each([
  'a = 1 # \0',
  'a = "b',
  'a = [[[]]]',
  'a = 1 b = 2',
  'a = [1 2]',
  '[[a]\n',
  'a b = 1',
  'a = 1.0.0',
  'a..b = 1',
  'a = 01',
  'a',
  'a = v1',
  'a = 1\na = 2',
  'a = { b = 1, b = 2 }',
  ' = 1',
  'a = [1,',
  'a = 1_',
  'a = """',
  'a = { b = 1,',
  'a = "\\d"',
])('says what was expected in %j', (text) => {
  expect(reasonOf(text)).toMatch(/^expected /);
});

test('passes on a reason it does not know', () => {
  expect(expectedFrom('Invalid TOML document: new reason\n\n1: x')).toBe('new reason');
});
