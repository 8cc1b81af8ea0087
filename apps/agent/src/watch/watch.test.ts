import { ServiceError } from '@mcp/daemon/errors';
import { ComponentState } from '@mcp/proto/agent';
import { RouteState } from '@mcp/proto/routed';
import { describe, expect, test } from 'vitest';
import type { ContainerEvent } from '../containers/engine-events.ts';
import type { Observed } from '../status/observe.ts';
import { container, inPlace, offAir, registered, status } from './test-service.ts';
import { createWorld, exited } from './test-world.ts';

const SWEEP_MS = 30_000;
const MINUTE_MS = 60_000;
const EXITED = 'front: container web.front.1 exited with code 1';
const DRIFT = `DRIFT ${EXITED}; see mcp logs web front`;
const REPAIRED = 'REPAIRED front: container web.front.1 is as recorded again';
const NO_ROUTES: Partial<Observed> = { routes: [] };
const ROUTE = 'web.svc.example.net:443';

const report = { reconcile: false };

describe('looking', () => {
  test('at start and every interval: what is not as recorded is told once, and once that it is again', async () => {
    const world = createWorld();
    world.see(exited);
    world.start(report);
    await world.pass(0);
    const drift = `DRIFT ${EXITED}: deploy again; see mcp logs web front`;
    expect(world.told()).toEqual([drift]);
    await world.pass(3 * SWEEP_MS);
    expect(world.told()).toEqual([drift]);
    expect(world.looked.length).toBeGreaterThanOrEqual(4);
    world.see({});
    await world.pass(SWEEP_MS);
    expect(world.told()).toEqual([drift, REPAIRED]);
  });

  test('soon after something happened to a container: once, however much happened', async () => {
    const world = createWorld(['web', 'db']);
    world.start(report);
    await world.pass(1000);
    world.looked.length = 0;
    for (const action of ['stop', 'die', 'start'] as const) world.emit({ action });
    await world.pass(299);
    expect(world.looked).toEqual([]);
    await world.pass(1);
    expect(world.looked).toEqual(['web']);
  });

  test('what a daemon repairs by itself is told only when it lasts', async () => {
    const world = createWorld();
    world.see({ routes: [{ ...inPlace().routes![0]!, state: RouteState.MISSING }] });
    world.start();
    await world.pass(SWEEP_MS);
    expect(world.told()).toEqual([]);
    await world.pass(SWEEP_MS);
    expect(world.told()).toEqual([`DRIFT ${ROUTE} is missing in the proxy, routed will put it back`]);
    expect(world.repaired).toEqual([]);
  });

  test('a service with a running operation is looked at when that is over', async () => {
    const world = createWorld();
    world.see(exited);
    world.busy.add('web');
    world.start(report);
    await world.pass(5 * MINUTE_MS);
    expect(world.looked).toEqual([]);
    world.busy.delete('web');
    await world.pass(1000);
    expect(world.looked).toEqual(['web']);
    expect(world.told()).toHaveLength(1);
  });

  test.each([
    ['is still running', (world: ReturnType<typeof createWorld>) => void world.busy.add('web')],
    ['has deployed another generation', (world: ReturnType<typeof createWorld>) => world.setGeneration(2)],
    [
      'has stopped it',
      ({ services }: ReturnType<typeof createWorld>) =>
        void (services.get('web')!.registered = registered({ active: false })),
    ],
  ])('what was seen while an operation began, which %s, is not drift', async (_, operate) => {
    const world = createWorld();
    world.see(exited);
    world.beforeAnswer(() => {
      operate(world);
      const { active } = world.services.get('web')!.registered;
      const components = [{ ...status, state: ComponentState.STOPPED }];
      world.see(active ? { components } : { ...offAir, components });
    });
    world.start();
    await world.pass(5000);
    world.busy.clear();
    await world.pass(5000);
    expect(world.told()).toEqual([]);
    expect(world.repaired).toEqual([]);
  });

  test('services that do not answer, or fail, do not keep the others from being looked at', async () => {
    const hanging = Array.from({ length: 8 }, (_, number) => `hangs${number}`);
    const world = createWorld([...hanging, 'fails', 'web']);
    world.beforeAnswer((name) => {
      if (name === 'fails') throw new Error('no such table');
      return name.startsWith('hangs') ? new Promise<void>(() => undefined) : undefined;
    });
    world.see(exited, 'web');
    world.start();
    await world.pass(15_000);
    expect(world.told('web')[0]).toBe(DRIFT);
    await world.pass(5 * MINUTE_MS);
    expect(world.told('web')).toEqual([DRIFT, `${REPAIRED} (repair1)`]);
    expect(world.looked.filter((name) => name === 'fails').length).toBeGreaterThan(4);
    expect(world.logged.toSorted()).toEqual(
      ['fails', ...hanging].map((name) => `warn watch cannot look: look at ${name}`),
    );
  });

  test('no more than eight services are looked at at once', async () => {
    const world = createWorld([...'abcdefghij']);
    const answers: (() => void)[] = [];
    world.beforeAnswer(() => new Promise<void>((resolve) => answers.push(resolve)));
    world.start();
    await world.pass(0);
    expect(world.looked.join('')).toBe('abcdefgh');
    answers[2]!();
    await world.pass(0);
    expect(world.looked.join('')).toBe('abcdefghi');
  });

  test('ends when it is aborted, also while nothing answers', async () => {
    const world = createWorld();
    world.beforeAnswer(() => new Promise<void>(() => undefined));
    const { ended } = world.start();
    await world.pass(1000);
    await world.stop();
    await expect(ended).resolves.toBeUndefined();
  });
});

describe('a part that does not answer', () => {
  test('is neither drift nor the end of it', async () => {
    const world = createWorld();
    const silent = [{ resource: 'route', message: 'routed: connection refused' }];
    world.see({ ...NO_ROUTES, unanswered: [] });
    world.start(report);
    await world.pass(0);
    world.see({ routes: undefined, unanswered: silent });
    await world.pass(3 * SWEEP_MS);
    expect(world.told()).toEqual([`DRIFT ${ROUTE} is not known to routed: deploy again`]);
    world.see({});
    await world.pass(SWEEP_MS);
    expect(world.told().at(-1)).toBe(`REPAIRED ${ROUTE} is as recorded again`);
  });

  test.each<[string, Partial<Observed>]>([
    ['a daemon', { routes: undefined, unanswered: [{ resource: 'route', message: 'down' }] }],
    ['what a daemon writes to', { routes: [{ ...inPlace().routes![0]!, state: RouteState.UNKNOWN }] }],
  ])('makes repairs wait, which would fail without it: %s', async (_, silent) => {
    const world = createWorld();
    world.see({ leases: [], ...silent });
    world.start();
    await world.pass(3 * SWEEP_MS);
    expect(world.repaired).toEqual([]);
    world.see({ leases: [] });
    await world.pass(SWEEP_MS);
    expect(world.repaired).toEqual(['web']);
  });

  test('does not keep a container from being brought back while only the proxy is away', async () => {
    const world = createWorld();
    world.see({ ...exited, routes: [{ ...inPlace().routes![0]!, state: RouteState.UNKNOWN }] });
    world.start();
    await world.pass(0);
    expect(world.repaired).toEqual(['web']);
  });

  test('is logged once when it begins and once when it answers again, for all services', async () => {
    const world = createWorld(['web', 'db']);
    world.setEngine(false);
    world.start();
    await world.pass(10 * MINUTE_MS);
    expect(world.logged.toSorted()).toEqual([
      'warn watch cannot look: container',
      'warn watch cannot look: engine events',
      'warn watch cannot look: look at strays',
    ]);
    world.logged.length = 0;
    world.setEngine(true);
    await world.pass(MINUTE_MS);
    world.emit({ action: 'start' });
    await world.pass(1000);
    expect(world.logged.toSorted()).toEqual([
      'info watch looks again: container',
      'info watch looks again: engine events',
      'info watch looks again: look at strays',
    ]);
  });

  test('is not asked more often; when the engine comes back everything is looked at', async () => {
    const world = createWorld(['web', 'db']);
    world.start(report);
    await world.pass(1000);
    world.looked.length = 0;
    world.setEngine(false);
    await world.pass(10_000);
    expect(world.looked).toEqual([]);
    world.setEngine(true);
    await world.pass(9000);
    expect(world.looked).toEqual(['web', 'db']);
    world.emit({ action: 'start' });
    await world.pass(300);
    expect(world.looked).toEqual(['web', 'db', 'web']);
  });

  test('an engine that is restarted now and then is followed again at once', async () => {
    const world = createWorld();
    world.start(report);
    for (let count = 0; count < 6; count++) {
      await world.pass(40_000);
      world.setEngine(false);
      world.setEngine(true);
    }
    world.looked.length = 0;
    await world.pass(800);
    expect(world.looked).toEqual(['web']);
  });
});

describe('repairing', () => {
  test('at once, and the end of the drift names the operation', async () => {
    const world = createWorld();
    world.see(exited);
    world.start();
    await world.pass(0);
    expect(world.repaired).toEqual(['web']);
    expect(world.told()).toEqual([DRIFT, `${REPAIRED} (repair1)`]);
  });

  test('does nothing without reconcile', async () => {
    const world = createWorld();
    world.see(exited);
    world.start(report);
    await world.pass(10 * MINUTE_MS);
    expect(world.repaired).toEqual([]);
  });

  test('of a container that does not answer its health check waits until it is told', async () => {
    const world = createWorld();
    world.see({ components: [{ ...status, state: ComponentState.UNHEALTHY }] });
    world.start();
    await world.pass(SWEEP_MS);
    expect(world.repaired).toEqual([]);
    await world.pass(SWEEP_MS);
    expect(world.repaired).toEqual(['web']);
  });

  test('stops a stopped service that runs', async () => {
    const world = createWorld();
    world.services.get('web')!.registered = registered({ active: false });
    world.see(offAir);
    world.repairBy(async (name) => {
      world.see({ ...offAir, components: [{ ...status, state: ComponentState.STOPPED }] }, name);
      return { operationId: 'op7', state: 'succeeded', error: '' };
    });
    world.start();
    await world.pass(0);
    expect(world.told()).toEqual([
      'DRIFT front: container web.front.1 runs, and web is stopped',
      `${REPAIRED} (op7)`,
    ]);
  });

  test('is tried at once of another generation, and of a service that is started again', async () => {
    const world = createWorld();
    world.see(exited);
    world.repairBy(async () => ({ operationId: 'op7', state: 'rolled back', error: 'no such image' }));
    world.start();
    const triesAfterLook = async () => {
      world.emit({ action: 'stop' });
      await world.pass(300);
      return world.repaired.length;
    };
    expect(await triesAfterLook()).toBe(1);
    expect(await triesAfterLook()).toBe(1);
    world.setGeneration(2);
    expect(await triesAfterLook()).toBe(2);
    const { registered } = world.services.get('web')!;
    world.services.get('web')!.registered = { ...registered, active: false };
    world.see({ ...exited, ...offAir, components: [{ ...status, state: ComponentState.STOPPED }] });
    expect(await triesAfterLook()).toBe(2);
    world.services.get('web')!.registered = registered;
    world.see(exited);
    expect(await triesAfterLook()).toBe(3);
  });

  test('of a stopped service is tried again later too', async () => {
    const world = createWorld();
    world.services.get('web')!.registered = registered({ active: false });
    world.repairBy(async () => ({ operationId: 'op7', state: 'rolled back', error: 'it does not stop' }));
    const { problems } = world.start();
    await world.pass(20_000);
    expect(world.repaired).toHaveLength(1);
    expect(problems('web').map(({ message }) => message)).toEqual([
      'repair op7 failed, it is tried again in 10 s: it does not stop',
    ]);
  });

  test('is tried again later and later while it fails, and status says why and when', async () => {
    const world = createWorld();
    world.repairBy(async () => ({ operationId: 'op7', state: 'rolled back', error: 'no such image' }));
    const { problems } = world.start();
    // Between two sweeps.
    await world.pass(10_000);
    world.see(exited);
    world.emit({ action: 'stop' });
    await world.pass(300);
    const triesAfter = async (ms: number) => {
      await world.pass(ms);
      return world.repaired.length;
    };
    expect(await triesAfter(29_000)).toBe(1);
    expect(problems('web')).toEqual([
      { resource: 'repair', message: 'repair op7 failed, it is tried again in 1 s: no such image' },
    ]);
    expect(await triesAfter(1000)).toBe(2);
    expect(await triesAfter(59_000)).toBe(2);
    expect(await triesAfter(1000)).toBe(3);
    expect(await triesAfter(2 * MINUTE_MS)).toBe(4);
    expect(await triesAfter(5 * MINUTE_MS)).toBe(5);
    world.repairBy(world.putInPlace);
    expect(await triesAfter(10 * MINUTE_MS)).toBe(6);
    expect(problems('web')).toEqual([]);
    expect(world.told()).toEqual([DRIFT, `${REPAIRED} (repair6)`]);
  });

  test('one that throws failed', async () => {
    const world = createWorld();
    world.see(exited);
    world.repairBy(() => Promise.reject(new ServiceError('unavailable', 'the journal is full')));
    const { problems } = world.start();
    await world.pass(10_000);
    expect(world.repaired).toHaveLength(1);
    expect(problems('web')).toEqual([
      { resource: 'repair', message: 'repair failed, it is tried again in 20 s: the journal is full' },
    ]);
  });

  test('one that ended well and did not help failed, also when it made another generation', async () => {
    const world = createWorld();
    world.see({ ...exited, ...NO_ROUTES });
    world.repairBy(async () => {
      world.see(exited);
      world.setGeneration(world.repaired.length + 1);
      return { operationId: `op${world.repaired.length}`, state: 'succeeded', error: '' };
    });
    const { problems } = world.start();
    const next = () => problems('web').map(({ message }) => message);
    await world.pass(10_000);
    const why = `it ended well, but ${EXITED}`;
    expect(next()).toEqual([`repair op1 failed, it is tried again in 20 s: ${why}`]);
    expect(world.told().at(-1)).toBe(`REPAIRED ${ROUTE} is as recorded again (op1)`);
    await world.pass(SWEEP_MS);
    expect(next()).toEqual([`repair op2 failed, it is tried again in 50 s: ${why}`]);
  });

  test('one that another operation came before is no failure', async () => {
    const world = createWorld();
    world.see(exited);
    world.repairBy(async () => {
      world.repairBy(world.putInPlace);
      throw new ServiceError('aborted', 'operation op9 is running on web');
    });
    const { problems } = world.start();
    await world.pass(0);
    expect(problems('web')).toEqual([]);
    await world.pass(1000);
    expect(world.repaired).toHaveLength(2);
    expect(world.told().at(-1)).toBe(`${REPAIRED} (repair2)`);
  });

  test('a container that ends again soon is repaired later; what differs otherwise is not made to wait', async () => {
    const world = createWorld();
    world.see(exited);
    world.start();
    await world.pass(10_000);
    world.see(exited);
    world.emit({ action: 'stop' });
    await world.pass(19_000);
    expect(world.repaired).toHaveLength(1);
    await world.pass(1000);
    expect(world.repaired).toHaveLength(2);
    world.see(NO_ROUTES);
    world.emit({ action: 'start' });
    await world.pass(300);
    expect(world.repaired).toHaveLength(3);
  });

  test('one that takes long delays neither looks at, nor repairs of, others', async () => {
    const world = createWorld(['slow', 'web']);
    world.see(exited, 'slow');
    world.repairBy((name, signal) =>
      name === 'slow' ? new Promise(() => undefined) : world.putInPlace(name, signal),
    );
    world.start();
    await world.pass(MINUTE_MS);
    world.see(exited, 'web');
    await world.pass(SWEEP_MS);
    expect(world.repaired).toEqual(['slow', 'web']);
    expect(world.looked.filter((name) => name === 'slow')).toHaveLength(1);
  });

  test('four services are repaired at once; one that an operation is at when its turn comes is not', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const world = createWorld(names);
    for (const name of names) world.see(exited, name);
    const ends: (() => void)[] = [];
    world.repairBy(async (name, signal) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return world.putInPlace(name, signal);
    });
    world.start();
    await world.pass(1000);
    expect(world.repaired).toEqual(['a', 'b', 'c', 'd']);
    world.busy.add('e');
    ends[0]!();
    await world.pass(1000);
    expect(world.repaired).toEqual(['a', 'b', 'c', 'd']);
    world.busy.delete('e');
    await world.pass(1000);
    expect(world.repaired).toEqual(names);
  });
});

describe('flapping', () => {
  const FLAPPING =
    'FLAPPING front keeps dying: 3 times within 10 min, last with exit code 1; it is left to its restart policy; see mcp logs web front';

  /** A container that dies and that the engine starts again. */
  async function die(world: ReturnType<typeof createWorld>, times: number) {
    for (let count = 0; count < times; count++) {
      world.emit();
      await world.pass(1000);
    }
  }

  test('a container that keeps dying is told once, until it was quiet for the whole time', async () => {
    const world = createWorld();
    const { problems } = world.start();
    await world.pass(1000);
    await die(world, 2);
    expect(world.told()).toEqual([]);
    await die(world, 3);
    expect(world.told()).toEqual([FLAPPING]);
    expect(problems('web')).toEqual([{ resource: 'container', message: FLAPPING.slice('FLAPPING '.length) }]);
    await world.pass(9 * MINUTE_MS);
    expect(world.told()).toEqual([FLAPPING]);
    await world.pass(2 * MINUTE_MS);
    expect(world.told()).toEqual([FLAPPING, 'REPAIRED front is quiet again']);
    expect(problems('web')).toEqual([]);
  });

  test('it is left to its restart policy, and every end and start of it is not told', async () => {
    const world = createWorld();
    world.start();
    await world.pass(1000);
    await die(world, 3);
    for (let count = 0; count < 5; count++) {
      world.see(count % 2 === 0 ? exited : {});
      await die(world, 1);
      await world.pass(SWEEP_MS);
    }
    expect(world.told()).toEqual([FLAPPING]);
    expect(world.repaired).toEqual([]);
  });

  test('a container that was down before is not told to be up while it is flapping', async () => {
    const world = createWorld();
    world.see(exited);
    world.start(report);
    await world.pass(1000);
    world.see({});
    for (let count = 0; count < 3; count++) world.emit();
    await world.pass(5 * MINUTE_MS);
    expect(world.told().slice(1)).toEqual([FLAPPING]);
    await world.pass(6 * MINUTE_MS);
    expect(world.told().slice(2).toSorted()).toEqual(['REPAIRED front is quiet again', REPAIRED].toSorted());
  });

  test('one that is down when it ends is repaired then', async () => {
    const world = createWorld();
    world.start();
    await world.pass(1000);
    await die(world, 3);
    world.see(exited);
    await world.pass(11 * MINUTE_MS);
    expect(world.told()).toEqual([FLAPPING, DRIFT, 'REPAIRED front is quiet again', `${REPAIRED} (repair1)`]);
  });

  test.each<[string, (world: ReturnType<typeof createWorld>) => void, Partial<ContainerEvent>]>([
    ['of an operation', (world) => void world.busy.add('web'), {}],
    ['of a container that is not recorded', () => undefined, { name: 'web.front.0' }],
    ['that are starts', () => undefined, { action: 'start' }],
    [
      'of a stopped service',
      ({ services }) => void (services.get('web')!.registered = registered({ active: false })),
      {},
    ],
  ])('deaths %s do not count', async (_, prepare, change) => {
    const world = createWorld();
    const { problems } = world.start(report);
    await world.pass(1000);
    prepare(world);
    world.emit({ action: 'stop' });
    await world.pass(1000);
    for (let count = 0; count < 5; count++) world.emit(change);
    await world.pass(1000);
    world.busy.clear();
    await world.pass(2000);
    expect(problems('web')).toEqual([]);
  });

  test('a death of an operation that is told late does not count', async () => {
    const world = createWorld();
    const { problems } = world.start();
    await world.pass(1000);
    world.busy.add('web');
    const time = world.now();
    world.emit({ action: 'stop' });
    await world.pass(300);
    world.busy.clear();
    for (let count = 0; count < 5; count++) world.emit({ time });
    await world.pass(2000);
    expect(problems('web')).toEqual([]);
  });

  test('another generation begins with a clean record', async () => {
    const world = createWorld();
    const { problems } = world.start();
    await world.pass(1000);
    await die(world, 3);
    world.setGeneration(2);
    await world.pass(SWEEP_MS);
    expect(problems('web')).toEqual([]);
    expect(world.told().at(-1)).toBe('REPAIRED front is quiet again');
  });
});

describe('containers of nobody', () => {
  const copy = { ...container, name: 'copy', operation: 'by hand' };
  const FOREIGN =
    'container copy has the labels of web, and no operation of this agent made it: it is left alone; remove it yourself when nobody needs it';

  test('one with the labels of a service is told once and never touched', async () => {
    const world = createWorld();
    world.see({ containers: [container, copy] });
    const { problems } = world.start();
    await world.pass(5 * MINUTE_MS);
    expect(world.told()).toEqual([`FOREIGN ${FOREIGN}`]);
    expect(world.repaired).toEqual([]);
    expect(problems('web')).toEqual([{ resource: 'container', message: FOREIGN }]);
    world.see({});
    await world.pass(SWEEP_MS);
    expect(world.told().at(-1)).toBe('REPAIRED container copy is gone');
    expect(problems('web')).toEqual([]);
  });

  test('those of a service that is not registered are told, and that they are gone', async () => {
    const world = createWorld([]);
    world.strays.push(container, copy);
    world.start();
    await world.pass(3 * SWEEP_MS);
    const left = 'DRIFT container web.front.1 is left over from operation op1; mcp undeploy web removes it';
    expect(world.told()).toEqual([left, `FOREIGN ${FOREIGN}`]);
    world.strays.length = 0;
    await world.pass(SWEEP_MS);
    expect(world.told().slice(2)).toEqual([
      'REPAIRED container web.front.1 is gone',
      'REPAIRED container copy is gone',
    ]);
  });

  test('those of an operation that is still running are not', async () => {
    const world = createWorld([]);
    world.strays.push(container);
    world.busy.add('web');
    world.start();
    await world.pass(3 * SWEEP_MS);
    expect(world.told()).toEqual([]);
  });

  test('nor those of one that ended while they were listed', async () => {
    const world = createWorld([]);
    world.strays.push(container);
    world.busy.add('web');
    world.afterList(() => {
      world.busy.clear();
      world.strays.length = 0;
    });
    world.start();
    await world.pass(SWEEP_MS);
    expect(world.told()).toEqual([]);
  });

  test('what was open of a service is over when it is undeployed', async () => {
    const world = createWorld();
    world.see(NO_ROUTES);
    world.start(report);
    await world.pass(1000);
    world.services.delete('web');
    await world.pass(SWEEP_MS);
    expect(world.told().at(-1)).toBe(`REPAIRED ${ROUTE} is gone`);
  });
});

describe('a restart of the agent', () => {
  test('tells nothing again that goes on, and what is over', async () => {
    const world = createWorld();
    world.see({ ...exited, ...NO_ROUTES });
    world.start(report);
    await world.pass(1000);
    await world.stop();
    world.see(exited);
    world.start(report);
    await world.pass(1000);
    expect(world.told().slice(2)).toEqual([`REPAIRED ${ROUTE} is as recorded again`]);
  });

  test('a container that was flapping is left alone until it was quiet', async () => {
    const world = createWorld();
    world.start();
    await world.pass(1000);
    for (let count = 0; count < 3; count++) world.emit();
    await world.pass(1000);
    await world.stop();
    world.see(exited);
    world.start();
    await world.pass(9 * MINUTE_MS);
    expect(world.told()).toHaveLength(1);
    expect(world.repaired).toEqual([]);
    await world.pass(2 * MINUTE_MS);
    expect(world.told().slice(1)).toEqual([DRIFT, 'REPAIRED front is quiet again', `${REPAIRED} (repair1)`]);
  });
});

describe('a registry that lacks a service', () => {
  test('takes it in before anything is looked at, so that its containers are no strays', async () => {
    const world = createWorld([]);
    world.strays.push({ ...container, operation: 'lost' });
    world.takeInBy(async () => {
      await world.wait(1000, new AbortController().signal);
      world.services.set('web', { registered: registered(), differs: exited });
    });
    world.start();
    await world.pass(2000);
    expect(world.told()).toEqual([DRIFT, `${REPAIRED} (repair1)`]);
  });

  test.each([
    ['fails', () => Promise.reject(new Error('the engine does not answer'))],
    ['does not answer', () => new Promise<void>(() => undefined)],
  ])('is looked at all the same when that %s', async (_, takeIn) => {
    const world = createWorld();
    world.takeInBy(takeIn);
    const { ended } = world.start();
    await world.pass(15_000);
    expect(world.looked).toEqual(['web']);
    await world.pass(MINUTE_MS);
    expect(world.logged).toEqual(['warn watch cannot look: take in services']);
    await world.stop();
    await expect(ended).resolves.toBeUndefined();
  });
});

test('keeps the newest 1,000 events of a service', async () => {
  const world = createWorld();
  for (let count = 0; count < 1010; count++) {
    const event = { time: world.now(), kind: 1, service: 'web', resource: 'route', message: String(count) };
    world.events.append(event as Parameters<typeof world.events.append>[0]);
  }
  world.start();
  await world.pass(0);
  expect(world.events.list('web', 2000)).toHaveLength(1000);
});
