import { expect, test } from 'vitest';
import { webSpec } from './fake-fleet.ts';
import type { Generation } from './generation.ts';
import { rollbackTarget } from './rollback-target.ts';

function generation(number: number, version: string): Generation {
  return {
    number,
    spec: webSpec(version),
    ports: [],
    hostnames: [],
    routes: [],
    records: [],
    containers: [],
    imageIds: {},
  };
}

/** Newest first, as the registry lists them; the first is the current one. */
function target(versions: string[], number: number): number {
  const recorded = versions.map((version, index) => ({
    generation: generation(versions.length - index, version),
    createdAt: new Date(0),
  }));
  return rollbackTarget(recorded[0]!.generation, recorded, number).number;
}

test('without a number it is the newest generation that asks for something else', () => {
  expect(target(['v3', 'v2', 'v1'], 0)).toBe(2);
  expect(target(['v3', 'v3', 'v2', 'v1'], 0)).toBe(2);
});

test('a second rollback takes the first one back', () => {
  expect(target(['v2', 'v3', 'v2', 'v1'], 0)).toBe(3);
});

test('a number names any that is recorded', () => {
  expect(target(['v3', 'v2', 'v1'], 1)).toBe(1);
});

test('one that is not recorded is refused with those that are', () => {
  expect(() => target(['v3', 'v2'], 7)).toThrow('web has no generation 7; recorded are 2, 1');
});

test('with nothing else ever asked there is nothing to go back to', () => {
  expect(() => target(['v1', 'v1'], 0)).toThrow('web has no earlier generation to roll back to');
});
