import { RouteState, type Route } from '@mcp/proto/routed';
import { expect, test } from 'vitest';
import { diffRoutes, stateOf } from './routes.ts';
import { l4, l7 } from './test-routed.ts';

const actual = (route: Route, fingerprint = '') => ({ route, fingerprint });
const desired = (route: Route, fingerprint?: string) => ({ route, fingerprint });

test.each([
  ['the same', desired(l4('a.test', 1)), actual(l4('a.test', 1)), RouteState.IN_STEP],
  ['nothing', desired(l4('a.test', 1)), undefined, RouteState.MISSING],
  ['another backend', desired(l4('a.test', 1)), actual(l4('a.test', 2)), RouteState.DIFFERS],
  ['another key', desired(l7('a.test', 1)), actual(l7('a.test', 1, { keyPath: '/k' })), RouteState.DIFFERS],
  ['its certificate', desired(l7('a.test', 1), 'f1'), actual(l7('a.test', 1), 'f1'), RouteState.IN_STEP],
  ['an older certificate', desired(l7('a.test', 1), 'f2'), actual(l7('a.test', 1), 'f1'), RouteState.DIFFERS],
  ['a file that is gone', desired(l7('a.test', 1)), actual(l7('a.test', 1), 'f1'), RouteState.IN_STEP],
])('compares a route with %s', (_with, wanted, found, state) => {
  expect(stateOf(wanted, found)).toBe(state);
});

test('adds what is missing or differs, removes what is to go, and leaves the rest alone', () => {
  expect(
    diffRoutes({
      desired: [desired(l4('same.test', 1)), desired(l4('new.test', 2)), desired(l4('moved.test', 3))],
      removals: [l4('gone.test', 1), l4('not-there.test', 1), l4('same.test', 1)],
      actual: [
        actual(l4('same.test', 1)),
        actual(l4('moved.test', 30)),
        actual(l4('gone.test', 1)),
        actual(l4('foreign.test', 1)),
      ],
    }),
  ).toEqual({ add: [l4('new.test', 2), l4('moved.test', 3)], remove: [l4('gone.test', 1)] });
});
