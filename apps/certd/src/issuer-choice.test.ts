import { expect, test } from 'vitest';
import { chooseIssuer } from './issuer-choice.ts';

const issuers = [
  { name: 'public', domains: ['example'] },
  { name: 'internal', domains: ['svc.example', 'docs.other'] },
];

test.each([
  ['demo.svc.example', 'internal', 'svc.example'],
  ['demo.example', 'public', 'example'],
  ['demo.xsvc.example', 'public', 'example'],
  ['docs.other', 'internal', 'docs.other'],
  ['a.docs.other', 'internal', 'docs.other'],
  ['other', undefined, undefined],
])('%s is for issuer %s, by %s', (hostname, name, domain) => {
  const choice = chooseIssuer(issuers, hostname);
  expect([choice?.issuer.name, choice?.domain]).toEqual([name, domain]);
});
