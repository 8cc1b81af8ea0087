import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestMcns } from '../test-mcns.ts';

const run = promisify(execFile);

async function dig(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=2', ...args]);
  return stdout;
}

test('dig reads what was created over REST as soon as the call returned', async () => {
  const { dnsPort, rest } = await startTestMcns();
  for (const value of ['10.0.0.1', '10.0.0.2'])
    await rest('mcp-agent', 'POST /v1/zones/svc.test/records', { name: 'web', type: 'A', value });
  expect((await dig(dnsPort, '+short', 'web.svc.test', 'A')).split('\n').sort()).toEqual([
    '',
    '10.0.0.1',
    '10.0.0.2',
  ]);
});

test('dig sees an alias with its target, a text in its strings, and the apex', async () => {
  const { dnsPort, rest } = await startTestMcns();
  const text = 'a'.repeat(255) + 'b'.repeat(10);
  for (const record of [
    { name: 'web', type: 'AAAA', value: '2001:DB8::1' },
    { name: 'www', type: 'CNAME', value: 'web.svc.test.' },
    { name: '_acme-challenge.web', type: 'TXT', value: text },
  ])
    await rest('root', 'POST /v1/zones/svc.test/records', record);
  expect(await dig(dnsPort, '+short', 'www.svc.test', 'AAAA')).toBe('web.svc.test.\n2001:db8::1\n');
  expect(await dig(dnsPort, '+short', '_acme-challenge.web.svc.test', 'TXT')).toBe(
    `"${'a'.repeat(255)}" "${'b'.repeat(10)}"\n`,
  );
  expect(await dig(dnsPort, '+short', 'svc.test', 'NS')).toBe('ns.svc.test.\n');
  expect(await dig(dnsPort, '+short', 'svc.test', 'SOA')).toMatch(
    /^ns\.svc\.test\. admin\.svc\.test\. \d{10} 3600 600 86400 60\n$/,
  );
});

test('dig sees NXDOMAIN and REFUSED, and no malformed message', async () => {
  const { dnsPort } = await startTestMcns();
  const negative = await dig(dnsPort, 'nothing.svc.test');
  expect(negative).toContain('status: NXDOMAIN');
  expect(negative).toMatch(/flags: qr aa rd;/);
  expect(await dig(dnsPort, 'example.net')).toContain('status: REFUSED');
  expect(await dig(dnsPort, '+opcode=notify', 'svc.test', 'SOA')).toContain('status: NOTIMP');
  for (const output of [negative, await dig(dnsPort, '+tcp', 'svc.test', 'SOA')])
    expect(output).not.toMatch(/malformed|Warning/);
});

test('dig turns to TCP by itself when an answer is truncated', async () => {
  const { dnsPort, rest } = await startTestMcns();
  await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      rest('root', 'POST /v1/zones/svc.test/records', { name: 'web', type: 'A', value: `10.0.0.${index}` }),
    ),
  );
  const output = await dig(dnsPort, 'web.svc.test', 'A');
  expect(output).toContain('Truncated, retrying in TCP mode');
  expect(output).toContain('ANSWER: 60');
});
