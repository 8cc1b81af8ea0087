import { expect, test } from 'vitest';
import { fileBases } from './file-names.ts';

test.each([
  ['rift/demo', 'demo.svc.example', 'svc.example', ['demo', 'demo.svc.example']],
  ['rift/demo', 'other.svc.example', 'svc.example', ['other.svc.example']],
  ['rift/demo', 'demo.example', 'svc.example', ['demo.example']],
  ['rift/demo', 'demo.a.svc.example', 'svc.example', ['demo.a.svc.example']],
])('%s with %s below %s may have %j', (owner, hostname, domain, expected) => {
  expect(fileBases({ owner, hostname, domain })).toEqual(expected);
});
