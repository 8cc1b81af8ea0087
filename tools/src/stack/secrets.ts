import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'smol-toml';
import { hashToken } from '@mcp/daemon/tokens';
import type { Layout } from './layout.ts';

/** The accounts of a stack. "mcp-agent" is the system account that daemons use towards the platform. */
const accounts = [
  { name: 'admin', role: 'admin' },
  { name: 'mcp-agent', role: 'operator' },
] as const;

/** Makes the tokens and the CA's password on the first run, each in a file of mode 0600. */
export function createSecrets(layout: Layout): void {
  writeSecret(layout.sealPassword, randomBytes(32).toString('base64url'));
  for (const { name } of accounts) writeSecret(layout.token(name), randomBytes(32).toString('base64url'));
  const tokens = accounts.map(({ name, role }) => ({
    name,
    role,
    sha256: hashToken(readFileSync(layout.token(name), 'utf8').trim()),
  }));
  writeFileSync(layout.tokenFile, stringify({ tokens }), { mode: 0o600 });
}

function writeSecret(path: string, secret: string): void {
  if (!existsSync(path)) writeFileSync(path, `${secret}\n`, { mode: 0o600 });
}
