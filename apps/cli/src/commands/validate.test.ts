import { expect, test } from 'vitest';
import { createWorkstation, definitionOf } from '../run-mcp.ts';

const CONFIG = 'registry = "mcr.test:8443"\n';

test('checks every definition of the services folder', async () => {
  const { mcp, define } = createWorkstation(CONFIG);
  expect((await mcp('validate')).stdout).toMatch(/^no definitions in .*\/services\n$/);
  define('demo');
  const file = define('wrong', 'name = "wrong"\n');
  const { stdout, stderr, exitCode } = await mcp('validate');
  expect(stdout).toBe('✓ demo v1.0.0 on rift, 2 components\n');
  expect(stderr).toContain(`${file}:1:1: the service lacks the required "node"`);
  expect(stderr).toContain('the service lacks the required [[components]]');
  expect(exitCode).toBe(2);
});

test('checks only what is named, by name or path', async () => {
  const { mcp, define } = createWorkstation(CONFIG);
  define('wrong', 'not toml');
  define('demo');
  expect(await mcp('validate', 'demo', define('other'))).toEqual({
    stdout: '✓ demo v1.0.0 on rift, 2 components\n✓ other v1.0.0 on rift, 2 components\n',
    stderr: '',
    exitCode: 0,
  });
});

test('with --json prints the problems of each file, none for a good one', async () => {
  const { mcp, define } = createWorkstation(CONFIG);
  const good = define('demo');
  const bad = define('wrong', definitionOf('wrong').replace('"v1.0.0"', '7'));
  const { stdout, exitCode } = await mcp('validate', '--json');
  expect(JSON.parse(stdout)).toMatchObject([
    { file: good, problems: [] },
    { file: bad, problems: [{ line: 3, column: 11 }] },
  ]);
  expect(exitCode).toBe(2);
});
