import { expect, test } from 'vitest';
import { formatProblem } from './problem.ts';

function format(source: string, column: number): string {
  return formatProblem({ file: 'demo.toml', line: 3, column, message: 'is wrong', source });
}

test('puts the caret under the place, tabs kept and a character of two units counted once', () => {
  expect(format('\tname = "😀", 1', 14)).toBe(
    'demo.toml:3:14: is wrong\n  \tname = "😀", 1\n  \t           ^',
  );
});

test('shows a part of a long line', () => {
  const [, source, caret] = format(`${'a'.repeat(500)}!${'b'.repeat(500)}`, 501).split('\n');
  expect(source).toMatch(/^ {2}…a{90}!b{89}…$/);
  expect(caret).toBe(`${' '.repeat(2 + 91)}^`);
});

test('sends no control sequence to the terminal', () => {
  expect(format('a = "\x1b[2J\u202e"', 1)).toContain('a = "\uFFFD[2J\uFFFD"');
});
