import { expect, test } from 'vitest';
import { createWorkstation } from './run-mcp.ts';

test('prints its version and help', async () => {
  const { mcp } = createWorkstation('');
  expect((await mcp('--version')).stdout).toMatch(/^mcp \d+\.\d+\.\d+/);
  const { stdout, exitCode } = await mcp('deploy', '--help');
  expect(stdout).toMatch(/^Usage: mcp deploy \[options\] <service>\n/);
  expect(stdout).toContain('--plan');
  expect(exitCode).toBe(0);
});

test.each([
  [['deplo', 'demo'], "mcp: unknown command 'deplo' (did you mean deploy?); see mcp --help\n"],
  [['deploy'], "mcp: missing required argument 'service'; see mcp --help\n"],
  [['ps', '--frob'], "mcp: unknown option '--frob'; see mcp --help\n"],
])('refuses %j with exit code 2', async (args, stderr) => {
  const { mcp } = createWorkstation('');
  expect(await mcp(...args)).toEqual({ stdout: '', stderr, exitCode: 2 });
});

test('prints what is wrong with its configuration, with the place, and exits with 2', async () => {
  const { mcp, folder } = createWorkstation('[[nodes]]\nname = "rift"\nadress = "/x"\n');
  const { stderr, exitCode } = await mcp('ps');
  expect(stderr).toContain(`${folder}/mcp.toml:3:1: nodes.0.adress: unknown key\n`);
  expect(exitCode).toBe(2);
  expect(await mcp('ps', '--config', '/nowhere.toml')).toEqual({
    stdout: '',
    stderr: '/nowhere.toml: no such file; write one, or name another with --config or MCP_CONFIG\n',
    exitCode: 2,
  });
});

test('asks for a node when none is configured', async () => {
  const { mcp, folder } = createWorkstation('');
  expect(await mcp('ps')).toEqual({
    stdout: '',
    stderr: `${folder}/mcp.toml: has no [[nodes]]: add one with name and address\n`,
    exitCode: 2,
  });
});

test('prints stack traces only with --debug, and errors as JSON with --json', async () => {
  const { mcp } = createWorkstation('');
  expect((await mcp('ps', '--debug')).stderr).toMatch(/\n {4}at .*nodes\.ts:\d+/);
  expect((await mcp('ps')).stderr).not.toMatch(/\n {4}at /);
  expect(JSON.parse((await mcp('--json', 'deplo')).stderr)).toMatchObject({ error: { code: 'usage' } });
});
