import { expect, test } from 'vitest';
import { createContainers } from '../containers/containers.ts';
import type { ContainerEvent } from '../containers/engine-events.ts';
import { label } from '../containers/options.ts';
import { startEngine } from './test-engine.ts';

const node = 'rift';
const namespace = 't1';

function labelsOf(changes: Record<string, string> = {}) {
  return {
    [label.node]: node,
    [label.namespace]: namespace,
    [label.service]: 'web',
    [label.component]: 'api',
    [label.operation]: 'op1',
    ...changes,
  };
}

function follow(socket: string) {
  const stop = new AbortController();
  const seen: ContainerEvent[] = [];
  const containers = createContainers({ socket, node, namespace, stopTimeoutS: 1 });
  const ended = (async () => {
    for await (const event of containers.events(stop.signal)) seen.push(event);
  })();
  ended.catch(() => undefined);
  return { seen, stop, ended };
}

test('a real Podman tells what happens to containers of this node and namespace, until it dies or is left', async () => {
  const engine = await startEngine();
  const { seen, stop, ended } = follow(engine.socket);
  // Nothing says when the engine begins to tell.
  for (let count = 0; seen.length === 0; count++) await engine.run(`first.${count}`, labelsOf(), 'exit 0');
  const startedAt = new Date();
  await engine.run('other.node', labelsOf({ [label.node]: 'reef' }), 'exit 1');
  await engine.run('other.namespace', labelsOf({ [label.namespace]: '' }), 'exit 2');
  await engine.run('web.api.1', labelsOf(), 'exit 3');
  await expect.poll(() => seen.some(({ exitCode }) => exitCode === 3)).toBe(true);
  await engine.remove('web.api.1');
  await expect.poll(() => seen.at(-1)?.action).toBe('remove');

  const of = { service: 'web', component: 'api', name: 'web.api.1', operation: 'op1' };
  const later = seen.filter(({ name }) => !name.startsWith('first'));
  expect(later.map(({ time: _, ...event }) => event)).toEqual([
    { ...of, action: 'create', exitCode: undefined },
    { ...of, action: 'start', exitCode: undefined },
    { ...of, action: 'die', exitCode: 3 },
    { ...of, action: 'remove', exitCode: undefined },
  ]);
  expect(later[0]!.time.getTime()).toBeGreaterThan(startedAt.getTime());
  expect(later[0]!.time.getTime()).toBeLessThan(Date.now());

  const other = follow(engine.socket);
  stop.abort();
  await expect(ended).resolves.toBeUndefined();
  await engine.kill();
  await expect(other.ended).rejects.toMatchObject({ code: 'unavailable' });
});

test('says what to do when no engine answers', async () => {
  const { ended } = follow('/nonexistent/podman.sock');
  await expect(ended).rejects.toThrow(
    'follow container events: container engine at /nonexistent/podman.sock does not answer: is podman.socket started?',
  );
});
