import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FakeAgentOptions } from './fake-agent.ts';
import { screenOf, startOnTerminal } from './run-on-terminal.ts';
import { startFleet } from './run-mcp.ts';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** Runs mcp on a terminal to its end and returns all it wrote. */
async function onTerminal(folder: string, args: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
  return (await startOnTerminal(folder, args, variables).result).output;
}

test('shows a live step list, and gives the cursor back', async () => {
  const { folder } = await startFleet({ steps: ['check', 'ports'], stepMs: 200 });
  const output = await onTerminal(folder, 'deploy demo');
  expect(output).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] check/);
  expect(output.indexOf(HIDE_CURSOR)).toBeGreaterThan(-1);
  expect(output.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(output.lastIndexOf(HIDE_CURSOR));
  expect(screenOf(output)).toEqual([
    'Deploying demo v1.0.0 to rift',
    '  ✓ check                 3 ms   check of demo',
    '  ✓ ports                 3 ms   ports of demo',
    'Deployed demo v1.0.0 to rift in 412 ms: https://demo.test:443',
    '',
  ]);
});

test('shows a failure once, under its step, and the state at the end', async () => {
  const { folder } = await startFleet({ failAt: 'ports' });
  const output = await onTerminal(folder, 'deploy demo');
  expect(screenOf(output)).toEqual([
    'Deploying demo v1.0.0 to rift',
    '  ✓ check                 3 ms   check of demo',
    '  ✗ ports                 3 ms',
    '      api exited with code 1',
    '      last lines:',
    '        cannot open /srv/demo/demo.db',
    '  ↩ check               undone',
    'mcp: deploy demo failed',
    'rolled back: demo does not run, as before',
    '',
  ]);
});

test('colours its output, and does not with NO_COLOR', async () => {
  const { folder, mcp } = await startFleet();
  await mcp('deploy', 'demo');
  expect(await onTerminal(folder, 'ps')).toContain('\x1b[32mrunning\x1b[39m');
  expect(await onTerminal(folder, 'ps', { NO_COLOR: '1' })).not.toContain('\x1b');
});

test('moves no cursor on a dumb terminal', async () => {
  const { folder } = await startFleet();
  expect(await onTerminal(folder, 'deploy demo', { TERM: 'dumb', NO_COLOR: '1' })).not.toContain('\x1b');
});

const CTRL_C = '\x03';
const CHOICES = '[r] roll back and wait   [l] leave it to the agent   [c] continue watching';

/** A deploy of demo, a version of which runs, at its second step of three, on a terminal. */
async function startDeploying(options: Partial<FakeAgentOptions> = {}) {
  const fleet = await startFleet({ steps: ['check', 'ports', 'routes'] });
  await fleet.mcp('deploy', 'demo');
  Object.assign(fleet.agent.options, { waitAt: 'ports', ...options });
  const terminal = startOnTerminal(fleet.folder, 'deploy demo --version v2.0.0');
  await terminal.printed('check of demo');
  return { ...fleet, ...terminal };
}

const QUESTION = 'Roll back deploy 000000000002 of demo?';

describe('Ctrl-C during an operation asks', () => {
  test('and on "r" rolls back, shows how, and ends with exit code 1', async () => {
    const { type, printed, result, agent } = await startDeploying();
    type(CTRL_C);
    await printed(CHOICES);
    type('r');
    const { output, exitCode, isRestored } = await result;
    expect(screenOf(output).slice(1)).toEqual([
      '  ✓ check                 3 ms   check of demo',
      QUESTION,
      '  … rolling back',
      '  ✗ ports                 3 ms',
      '      cancelled by kim',
      '  ↩ check               undone',
      'mcp: deploy demo cancelled',
      'rolled back: demo runs as before',
      '',
    ]);
    expect({ exitCode, isRestored }).toEqual({ exitCode: 1, isRestored: true });
    expect(agent.services.get('demo')?.spec.version).toBe('v1.0.0');
  });

  test.each([['l'], [CTRL_C]])('and on %j leaves it to the agent', async (key) => {
    const { type, printed, result } = await startDeploying();
    type(CTRL_C);
    await printed(CHOICES);
    type(key);
    const { output, exitCode, isRestored } = await result;
    expect(screenOf(output).at(-2)).toBe(
      'mcp: interrupted: deploy 000000000002 of demo goes on at the agent of rift; ' +
        'look with: mcp status demo, cancel with: mcp cancel 000000000002',
    );
    expect({ exitCode, isRestored }).toEqual({ exitCode: 1, isRestored: true });
  });

  test('and on "c" watches on, whatever other keys were pressed, and asks again next time', async () => {
    const { type, printed, result, agent } = await startDeploying();
    for (const _ of [1, 2]) {
      type(CTRL_C);
      await printed(CHOICES);
      for (const key of ['x', '\r', '\x1b[C', 'c']) {
        type(key);
        await pause(300);
      }
      await printed('watching on');
    }
    agent.goOn();
    const { output, exitCode, isRestored } = await result;
    expect(screenOf(output).at(-2)).toBe('Deployed demo v2.0.0 to rift in 412 ms: https://demo.test:443');
    expect({ exitCode, isRestored }).toEqual({ exitCode: 0, isRestored: true });
  });

  test('and goes on showing steps above the question, which ends with the operation', async () => {
    const { type, printed, result, agent } = await startDeploying();
    type(CTRL_C);
    await printed(CHOICES);
    agent.goOn();
    const { output, exitCode, isRestored } = await result;
    expect(screenOf(output).slice(2)).toEqual([
      QUESTION,
      '  ✓ ports                 3 ms   ports of demo',
      '  ✓ routes                3 ms   routes of demo',
      'Deployed demo v2.0.0 to rift in 412 ms: https://demo.test:443',
      '',
    ]);
    expect({ exitCode, isRestored }).toEqual({ exitCode: 0, isRestored: true });
  });

  test('and watches on when the agent will not undo it any more; then Ctrl-C leaves', async () => {
    const { type, printed, result } = await startDeploying({ commitAfter: 'check' });
    type(CTRL_C);
    await printed(CHOICES);
    type('r');
    await printed('operation 000000000002 is past its point of no return: it is finished, not undone');
    await printed('watching on, Ctrl-C leaves it to the agent');
    type(CTRL_C);
    const { output, exitCode, isRestored } = await result;
    expect(screenOf(output).at(-2)).toBe(
      'mcp: interrupted: deploy 000000000002 of demo goes on at the agent of rift; look with: mcp status demo',
    );
    expect({ exitCode, isRestored }).toEqual({ exitCode: 1, isRestored: true });
  });
});

test.each([
  ['restart demo', 'Roll back restart 000000000003 of demo?'],
  ['rollback demo', 'Undo rollback 000000000003 of demo?'],
])('Ctrl-C asks during %s too', async (args, question) => {
  const { folder, mcp, agent } = await startFleet({ steps: ['check'] });
  await mcp('deploy', 'demo');
  await mcp('deploy', 'demo', '--version', 'v2.0.0');
  agent.options.waitAt = 'check';
  const { printed, type, result } = startOnTerminal(folder, args);
  await printed(' check');
  type(CTRL_C);
  await printed(question);
  await printed(CHOICES);
  type('r');
  expect(await result).toMatchObject({ exitCode: 1, isRestored: true });
  expect(agent.services.get('demo')).toMatchObject({ generation: 2n });
});

test('Ctrl-C asks in the middle of a purge that was asked about, and then stops all of it', async () => {
  const { folder, mcp, agent, define } = await startFleet({ steps: ['check'] });
  for (const name of ['demo', 'other']) {
    define(name);
    await mcp('deploy', name);
    await mcp('undeploy', name);
  }
  agent.options.waitAt = 'check';
  const { printed, type, result } = startOnTerminal(folder, 'purge');
  await printed('[y/N] ');
  type('y\r');
  await printed(' check');
  type(CTRL_C);
  await printed('Roll back purge 000000000005 of demo?');
  await printed(CHOICES);
  type('l');
  expect(await result).toMatchObject({ exitCode: 1, isRestored: true });
  expect(agent.purgeRequests).toHaveLength(1);
});

test('Ctrl-C does not ask where JSON is printed', async () => {
  const { folder } = await startFleet({ steps: ['check'], waitAt: 'check' });
  const { printed, type, result } = startOnTerminal(folder, 'deploy demo --json');
  await printed('"stepStarted"');
  type(CTRL_C);
  const { output, exitCode } = await result;
  expect(output).toContain('"code":"interrupted"');
  expect(exitCode).toBe(1);
});
