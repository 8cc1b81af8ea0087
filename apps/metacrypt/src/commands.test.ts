import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@mcp/daemon/config';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import { Config } from './config.ts';
import { writeTokenFile } from './test-ca.ts';

const program = join(import.meta.dirname, '../bin/metacrypt.js');

function prepare() {
  const folder = temporaryDirectory();
  const path = (name: string) => join(folder, name);
  writeFileSync(path('password'), 'secret\n', { mode: 0o600 });
  writeFileSync(
    path('metacrypt.toml'),
    `[server]\nsocket = "${path('s.sock')}"\n[database]\npath = "${path('m.db')}"\n` +
      `[seal]\npassword_file = "${path('password')}"\n` +
      `[rest]\nlisten_addr = "127.0.0.1:1"\ntoken_file = "${writeTokenFile(folder)}"\n`,
  );
  const run = (verb: string, ...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const argv = [program, verb, '--config', path('metacrypt.toml'), ...args];
      execFile(process.execPath, argv, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  return { path, run };
}

const LISTENER = ['--name', 'localhost', '--address', '127.0.0.1'];

test('writes certificates for listeners and the root, making the CA in a new database', async () => {
  const { path, run } = prepare();
  const pair = (name: string) => ['--cert', path(`${name}.pem`), '--key', path(`${name}.key`)];
  const issued = await run('issue', ...LISTENER, ...pair('a'), ...pair('b'), '--root', path('root.pem'));
  expect(issued).toEqual({ code: 0, stdout: '', stderr: '' });
  const chain = readFileSync(path('a.pem'), 'utf8');
  expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(new X509Certificate(chain).subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
  expect(readFileSync(path('b.pem'), 'utf8')).not.toBe(chain);
  expect(statSync(path('a.key')).mode & 0o777).toBe(0o600);
  expect((await run('root')).stdout).toBe(readFileSync(path('root.pem'), 'utf8'));
});

test('says that the password is wrong, missing, or open to others', async () => {
  const { path, run } = prepare();
  await run('root');
  writeFileSync(path('password'), 'other\n');
  expect(await run('server')).toEqual({
    code: 1,
    stdout: expect.any(String),
    stderr:
      'metacrypt: unseal the CA: the password in seal.password_file is not the one this database was sealed with; put the right one back\n',
  });
  chmodSync(path('password'), 0o644);
  expect((await run('root')).stderr).toContain(`so others can read it; run: chmod 0600 ${path('password')}`);
});

test('says how to call it', async () => {
  const { run } = prepare();
  expect(await run('issue', '--name', 'localhost')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('usage: metacrypt issue --config FILE --name DNSNAME'),
  });
});

test('the example configuration is valid', () => {
  const file = join(import.meta.dirname, '../metacrypt.example.toml');
  expect(loadConfig(file, Config, { envPrefix: 'METACRYPT', env: {} }).acme.mount).toBe('services');
});
