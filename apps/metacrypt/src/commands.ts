import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { ConfigError } from '@mcp/daemon/config';
import { openDatabase } from '@mcp/daemon/sqlite';
import { openAuthority, type Authority } from './ca/authority.ts';
import { readPassword } from './ca/password.ts';
import { createCaStore, type CaStore } from './ca/store.ts';
import type { Config } from './config.ts';
import { issueListenerCertificate } from './listener-certificate.ts';
import { isHostname } from '@mcp/dns/names';
import { migrations } from './migrations.ts';
import { writeFileAtomically } from '@mcp/daemon/write-file';

const ISSUE_USAGE =
  'usage: metacrypt issue --config FILE --name DNSNAME [--address IP] --cert FILE --key FILE [--root FILE] ' +
  '(--name, --address and pairs of --cert and --key may be repeated)';

/** `metacrypt root`: prints the root certificate, making the CA first in a new database. */
export async function printRoot(config: Config): Promise<void> {
  await withAuthority(config, async ({ authority }) => void process.stdout.write(authority.root));
}

/**
 * `metacrypt issue`: writes certificates from `infra` (full chain, and key with mode 0600) for
 * TLS listeners that must serve before anything can order; one per pair of --cert and --key, all
 * for the same names. With --root it writes the root too. Makes the CA first in a new database; the server may be running.
 */
export async function issueFiles(config: Config, args: string[]): Promise<void> {
  const { names, addresses, pairs, root } = readIssueArguments(args);
  await withAuthority(config, async (ca) => {
    if (root !== undefined) writeFileAtomically(root, ca.authority.root, 0o644);
    for (const { cert, key } of pairs) {
      const issued = await issueListenerCertificate(ca, { names, addresses });
      writeFileAtomically(key, issued.key, 0o600);
      writeFileAtomically(cert, issued.cert, 0o644);
    }
  });
}

async function withAuthority(
  config: Config,
  work: (ca: { authority: Authority; store: CaStore }) => Promise<void>,
): Promise<void> {
  const password = readPassword(config.seal.password_file);
  const database = openDatabase(config.database.path, migrations);
  try {
    const store = createCaStore(database);
    await work({ store, authority: await openAuthority({ store, password, now: () => new Date() }) });
  } finally {
    database.close();
  }
}

function readIssueArguments(args: string[]) {
  const { name, address, cert, key, root } = parseIssueOptions(args);
  const wrongName = name.find((each) => !isHostname(each));
  if (wrongName !== undefined) throw new ConfigError(`--name ${wrongName} is not a DNS name; ${ISSUE_USAGE}`);
  const wrongAddress = address.find((each) => isIP(each) === 0);
  if (wrongAddress !== undefined)
    throw new ConfigError(`--address ${wrongAddress} is not an IP address; ${ISSUE_USAGE}`);
  if (name.length === 0 || cert.length === 0 || cert.length !== key.length)
    throw new ConfigError(ISSUE_USAGE);
  return {
    names: name,
    addresses: address,
    root,
    pairs: cert.map((path, index) => ({ cert: path, key: key[index]! })),
  };
}

function parseIssueOptions(args: string[]) {
  const many = { type: 'string', multiple: true } as const;
  try {
    const options = { name: many, address: many, cert: many, key: many, root: { type: 'string' } } as const;
    const { values } = parseArgs({ args, options });
    const { name = [], address = [], cert = [], key = [] } = values;
    return { name, address, cert, key, root: values.root };
  } catch (cause) {
    throw new ConfigError(ISSUE_USAGE, { cause });
  }
}
