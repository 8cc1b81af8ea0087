import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll } from '@mcp/daemon/wait';
import type { IssuerConfig } from './config.ts';
import { freePort } from '@mcp/testing/free-port';

const PROGRAM = join(import.meta.dirname, '../../metacrypt/bin/metacrypt.js');
const TOKEN = 'token-of-mcp-agent';

/** The real CA as a process of its own, in a folder of its own. */
export interface Metacrypt {
  /** An [[issuers]] entry of certd that uses it. */
  issuer: IssuerConfig;
  folder: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** Starts metacrypt on a free port; its policy grants names below svc.mcp.metacircular.net and granted.example. */
export async function startMetacrypt(): Promise<Metacrypt> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-test-'));
  const path = (name: string) => join(folder, name);
  const url = `https://127.0.0.1:${await freePort()}`;
  writeFileSync(path('password'), 'secret\n', { mode: 0o600 });
  writeFileSync(path('token'), `${TOKEN}\n`, { mode: 0o600 });
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  writeFileSync(
    path('tokens.toml'),
    `[[tokens]]\nname = "mcp-agent"\nrole = "operator"\nsha256 = "${sha256}"\n`,
  );
  writeFileSync(
    path('metacrypt.toml'),
    `[server]\nsocket = "${path('s.sock')}"\n[database]\npath = "${path('metacrypt.db')}"\n` +
      `[seal]\npassword_file = "${path('password')}"\n` +
      `[rest]\nlisten_addr = "${url.slice('https://'.length)}"\ntoken_file = "${path('tokens.toml')}"\n` +
      '[[policies]]\naccount = "mcp-agent"\ndomains = ["svc.mcp.metacircular.net", "granted.example"]\n',
  );
  let child = spawnServer();

  function spawnServer() {
    const argv = [PROGRAM, 'server', '--config', path('metacrypt.toml')];
    return spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  async function waitUntilServing(): Promise<void> {
    const signal = AbortSignal.timeout(20_000);
    const fetched = await poll(() => fetchRoot(url), { everyMs: 50, timeoutMs: 20_000, signal });
    if (fetched === undefined) throw new Error('metacrypt does not serve');
    writeFileSync(path('root.pem'), fetched);
  }

  async function stop(): Promise<void> {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  await waitUntilServing();
  return {
    issuer: {
      name: 'metacrypt',
      directory_url: `${url}/acme/services/directory`,
      ca_cert: path('root.pem'),
      domains: ['svc.mcp.metacircular.net'],
      eab_url: `${url}/v1/acme/services/eab`,
      token_path: path('token'),
    },
    folder,
    stop,
    async start() {
      child = spawnServer();
      await waitUntilServing();
    },
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The root that a new CA publishes; the first fetch has nothing to verify it with. */
function fetchRoot(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(
      `${url}/v1/pki/services/ca`,
      { rejectUnauthorized: false, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      },
    );
    request.on('error', () => resolve(undefined));
  });
}
