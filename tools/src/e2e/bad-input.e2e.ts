import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findLeftovers } from '../demo/leftovers.ts';
import type { ProgramName } from '../stack/layout.ts';
import { currentStack, defineHello, expectReachable, forgetHello, run, succeed } from './hello.ts';

beforeAll(forgetHello);
afterAll(forgetHello);

async function expectNothingLeft(): Promise<void> {
  expect((await findLeftovers(currentStack())).filter(({ ok }) => !ok)).toEqual([]);
}

describe('a deploy that cannot work is undone', () => {
  test('a bad definition: every problem with its position, exit 2, nothing touched', async () => {
    defineHello((text) =>
      text
        .replace('version = "v1.0.0"', 'version = "latest"\ncolour = "red"')
        .replace('mode = "l7"', 'mode = "l9"'),
    );
    const { code, stderr } = await run('deploy', 'hello');
    expect(code).toBe(2);
    expect(stderr).toMatch(/hello\.toml:6:\d+: .*latest/);
    expect(stderr).toMatch(/hello\.toml:7:\d+: .*colour/);
    expect(stderr).toMatch(/hello\.toml:\d+:\d+: .*l9/);
    await expectNothingLeft();
  });

  test('an image that is not there: the step and the image, exit 1', async () => {
    defineHello((text) => text.replace('v1.0.0', 'v0.0.1'));
    const { code, stdout, stderr } = await run('deploy', 'hello');
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/check.*\n?.*localhost\/hello(-web)?:v0\.0\.1 is not on this node/);
    await expectNothingLeft();
  });

  test('a container that exits at once: its last log lines, exit 1, nothing left', async () => {
    defineHello((text) =>
      text
        .replace('name = "web"', 'name = "web"\ncmd = ["--eval", "throw new Error(\'no configuration\')"]')
        .replace('name = "web"\ncmd', 'name = "web"\nenv = { NODE_OPTIONS = "--require=/missing.js" }\ncmd'),
    );
    const { code, stdout, stderr } = await run('deploy', 'hello');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('container web');
    expect(stdout + stderr).toContain('/missing.js');
    await expectNothingLeft();
  });

  test('a hostname outside the allowed domains is refused before anything changes', async () => {
    defineHello((text) => text.replace('mode = "l7"', 'mode = "l7"\nhostname = "hello.example.org"'));
    const { code, stdout, stderr } = await run('deploy', 'hello');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('hello.example.org is outside the domains of node rift');
    await expectNothingLeft();
  });

  test('a failed update leaves the old version running on its ports', async () => {
    defineHello();
    await succeed('deploy', 'hello');
    const before = await succeed('call', 'portd', 'ListLeases', '{}');
    defineHello((text) =>
      text.replace('name = "web"', 'name = "web"\nenv = { NODE_OPTIONS = "--require=/missing.js" }'),
    );
    const { code } = await run('deploy', 'hello');
    expect(code).toBe(1);
    await expectReachable();
    expect(await succeed('call', 'portd', 'ListLeases', '{}')).toBe(before);
    defineHello();
    expect(await succeed('deploy', 'hello')).toContain('up to date');
    await forgetHello();
  });
});

describe('a part of the platform that does not answer fails the deploy, and what was done is undone', () => {
  beforeEach(() => defineHello());

  test.each<[ProgramName, string]>([
    ['mc-proxy', 'routed'],
    ['mcns', 'dnsd'],
    ['metacrypt', 'certd'],
    ['portd', 'portd'],
  ])('%s is stopped', async (name, named) => {
    const pid = currentStack().processes[name].pid!;
    process.kill(pid, 'SIGSTOP');
    try {
      const { code, stdout, stderr } = await run('deploy', 'hello');
      expect(code).toBe(1);
      expect(stdout + stderr).toContain(named);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expect
      .poll(async () => (await findLeftovers(currentStack())).filter(({ ok }) => !ok), {
        timeout: 40_000,
        interval: 500,
      })
      .toEqual([]);
  });
});
