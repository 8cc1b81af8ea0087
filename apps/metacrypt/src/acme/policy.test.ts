import { expect, test } from 'vitest';
import { isGranted } from './policy.ts';

const policies = [
  { account: 'mcp-agent', domains: ['svc.example'], hostnames: ['docs.example'] },
  { account: 'web', domains: [], hostnames: ['web.svc.example'] },
];

test.each([
  ['mcp-agent', 'demo.svc.example', true],
  ['mcp-agent', 'a.b.svc.example', true],
  ['mcp-agent', 'docs.example', true],
  ['mcp-agent', 'svc.example', false],
  ['mcp-agent', 'evilsvc.example', false],
  ['mcp-agent', 'x.docs.example', false],
  ['web', 'web.svc.example', true],
  ['web', 'demo.svc.example', false],
  ['nobody', 'demo.svc.example', false],
])('%s asking for %s is granted: %s', (account, name, granted) => {
  expect(isGranted(policies, { account, name })).toBe(granted);
});
