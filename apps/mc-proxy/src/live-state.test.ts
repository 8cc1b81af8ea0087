import { expect, test } from 'vitest';
import { createLayout } from './haproxy-layout.ts';
import { changesBetween, desiredState, type ServedRoute } from './live-state.ts';
import { l4Route, l7Route } from './test-proxy.ts';

const layout = createLayout('/h');
const files = { certificatePath: '/c.pem', keyPath: '/c.key' };
const certificate = { pem: 'one', fingerprint: 'f1', sha1: 'S1' };
const l4: ServedRoute = { route: l4Route('a.test', 1) };
const l7: ServedRoute = { route: l7Route('a.test', 2, files), certificate };
const path = '/h/certificates/443-a.test.pem';
const list = '/h/certificates-443.list';

function kinds(from: ServedRoute[], to: ServedRoute[]): string[] {
  const state = (routes: ServedRoute[]) => desiredState(layout, [443], routes);
  return changesBetween(state(from), state(to)).map(({ kind }) => kind);
}

test('what is as wanted is left alone', () => {
  expect(kinds([l7], [l7])).toEqual([]);
});

test('a certificate is there before the entry that needs it, and goes after it', () => {
  expect(kinds([], [l7])).toEqual(['load certificate', 'list certificate', 'add entry']);
  expect(kinds([l7], [])).toEqual(['remove entry', 'unlist certificate', 'unload certificate']);
});

test('a hostname that changes its mode is never without an entry', () => {
  expect(kinds([l4], [l7])).toEqual(['load certificate', 'list certificate', 'add entry', 'remove entry']);
  expect(kinds([l7], [l4])).toEqual([
    'add entry',
    'remove entry',
    'unlist certificate',
    'unload certificate',
  ]);
});

test('another backend, and a renewed certificate, replace in place', () => {
  expect(kinds([l4], [{ route: l4Route('a.test', 9) }])).toEqual(['set entry']);
  expect(kinds([l7], [{ ...l7, certificate: { ...certificate, pem: 'two' } }])).toEqual([
    'replace certificate',
  ]);
});

test('entries and certificates nobody wants are removed', () => {
  const desired = desiredState(layout, [443], []);
  const actual = {
    maps: new Map([['/h/l4-443.map', new Map([['stray.test', '10.0.0.1/1']])]]),
    lists: new Map([[list, new Map([[path, 'a.test']])]]),
    certificates: new Map([[path, 'S1']]),
  };
  expect(changesBetween(actual, desired)).toEqual([
    { kind: 'remove entry', map: '/h/l4-443.map', hostname: 'stray.test' },
    { kind: 'unlist certificate', list, path },
    { kind: 'unload certificate', path },
  ]);
});

test('a route of a port without a listener is not served', () => {
  expect(desiredState(layout, [8443], [l7]).certificates.size).toBe(0);
});
