import { expect, test } from 'vitest';
import { alignColumns } from './table.ts';

test('aligns columns by what is seen, not by colour codes, and leaves no spaces at line ends', () => {
  expect(
    alignColumns([
      ['NAME', 'STATE', 'X'],
      ['demo', '\x1b[32mup\x1b[39m', ''],
      ['a', 'stopped', 'y'],
    ]),
  ).toEqual(['NAME  STATE    X', 'demo  \x1b[32mup\x1b[39m', 'a     stopped  y']);
});
