import { describe, expect, test } from 'vitest';
import { doorsOf, serviceNames, specOf, versions } from './definitions.ts';
import { killTargets, planSchedule, type ActionKind, type Round } from './schedule.ts';

const options = { operations: 200, services: 5, targets: killTargets };
const operationsOf = (rounds: readonly Round[]) => rounds.flatMap(({ operations }) => operations);
const flat = (seed: number) => operationsOf(planSchedule({ ...options, seed }));

describe('the schedule of a faults run', () => {
  test('is the same for the same seed, and another one for another', () => {
    expect(planSchedule({ ...options, seed: 7 })).toEqual(planSchedule({ ...options, seed: 7 }));
    expect(planSchedule({ ...options, seed: 7 })).not.toEqual(planSchedule({ ...options, seed: 8 }));
  });

  test('has every operation, every version and every process to kill in it', () => {
    const operations = flat(1);
    const kinds: ActionKind[] = [
      'deploy',
      'deploy again',
      'deploy broken',
      'deploy and cancel',
      'stop',
      'start',
      'restart',
      'undeploy',
      'rollback',
      'purge',
    ];
    expect(operations).toHaveLength(200);
    expect(new Set(operations.map(({ action }) => action.kind))).toEqual(new Set(kinds));
    expect(
      new Set(operations.flatMap(({ action }) => ('version' in action ? [action.version] : []))),
    ).toEqual(new Set(versions));
    expect(new Set(operations.flatMap(({ kills }) => kills.map(({ target }) => target)))).toEqual(
      new Set(killTargets),
    );
  });

  test('begins with a deploy of every service, and never has one twice in a round', () => {
    const rounds = planSchedule({ ...options, seed: 3 });
    expect(
      flat(3)
        .slice(0, 5)
        .map(({ service }) => service),
    ).toEqual(serviceNames(5));
    for (const { operations } of rounds)
      expect(new Set(operations.map(({ service }) => service)).size).toBe(operations.length);
    expect(rounds.some(({ operations }) => operations.length > 1)).toBe(true);
  });

  test('keeps its operations when fewer processes may be killed', () => {
    const calm = operationsOf(planSchedule({ ...options, seed: 3, targets: [] }));
    expect(calm.flatMap(({ kills }) => kills)).toEqual([]);
    expect(calm.map(({ service, action }) => ({ service, action }))).toEqual(
      flat(3).map(({ service, action }) => ({ service, action })),
    );
  });
});

describe('the services of a faults run', () => {
  test('differ, each version of one from the next', () => {
    for (const service of serviceNames(7))
      for (const version of versions) expect(specOf(service, version).version).toBe(version);
    const doors = doorsOf(serviceNames(6)).map(({ hostname, port }) => `${hostname}:${port}`);
    expect(doors).toContain('alpha-extra.svc.mcp.metacircular.net:443');
    expect(new Set(doorsOf(serviceNames(6)).map(({ mode }) => mode))).toEqual(new Set(['l4', 'l7']));
  });

  test('a broken one breaks its last component', () => {
    const { components } = specOf('charlie', 'v4', 'exit');
    expect(components.map(({ env }) => env)).toEqual([[], [{ name: 'BREAK', value: 'exit' }]]);
  });
});
