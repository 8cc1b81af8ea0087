import { beforeAll, expect, test } from 'vitest';
import { figuresOf } from '../bench-update/figures.ts';
import { measureUpdates, strategies, updateVersions } from '../bench-update/updates.ts';
import { buildImages } from '../images/build.ts';
import { trafficImages } from '../images/traffic.ts';
import { currentStack } from './hello.ts';

const UPDATES = 3;
/** Generous: other programs share the machine. `npm run bench:update` measures against the targets. */
const LONGEST_MS = 12_000;

beforeAll(() =>
  buildImages(currentStack().containers.replace('unix://', ''), trafficImages(...updateVersions)),
);

test.each(strategies)('no request fails while a service is updated: %s', async (strategy) => {
  const { kinds, ...all } = figuresOf(
    await measureUpdates(currentStack(), { strategy, updates: UPDATES, rate: 200 }),
  );
  expect(
    kinds.flatMap(({ kind, failures }) => Object.entries(failures).map((each) => [kind, ...each])),
  ).toEqual([]);
  for (const { kind, sent, versions, containers } of kinds) {
    expect({ kind, versions: Object.keys(versions).sort() }).toEqual({ kind, versions: [...updateVersions] });
    expect({ kind, containers }).toEqual({ kind, containers: UPDATES + 1 });
    expect(sent).toBeGreaterThan(10 * UPDATES);
  }
  expect(all.longestMs).toBeLessThan(LONGEST_MS);
  expect(all.reconnects).toBeGreaterThan(0);
});
