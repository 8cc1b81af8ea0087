import { ServiceError } from '@mcp/daemon/errors';
import type { Connection } from '@mcp/daemon/sqlite';
import type { Pair } from './files.ts';

/** A hostname that an owner wants a certificate for. */
export interface Claim {
  hostname: string;
  /** The issuer's name in the configuration. */
  issuer: string;
  /** Names its files may have, best first; the last one cannot be taken. */
  fileBases: readonly string[];
}

/** A claimed hostname, with its certificate once there is one. */
export interface Row {
  hostname: string;
  owner: string;
  issuer: string;
  file_base: string;
  chain: string | null;
  private_key: string | null;
  last_error: string;
}

/** A row that has a certificate. */
export type HeldRow = Row & Pair;

export interface AccountRow {
  issuer: string;
  directory_url: string;
  url: string;
  private_key: string;
}

/** Accounts, and which owner holds which certificates. Each method is one transaction. */
export interface Store {
  /**
   * Files the hostnames under the owner and returns those that are new. Throws
   * already_exists, and files nothing, when one belongs to another owner.
   */
  claim(owner: string, claims: readonly Claim[], now: Date): string[];
  /** Stores new certificates and forgets the owner's hostnames that are not in `keep`; returns the forgotten. */
  complete(owner: string, keep: readonly string[], issued: ReadonlyMap<string, Pair>): Row[];
  /** Stores a renewed certificate. */
  replace(hostname: string, pair: Pair): void;
  /** Forgets hostnames and returns what was known of them. */
  forget(hostnames: readonly string[]): Row[];
  setError(hostname: string, message: string): void;
  find(hostname: string): Row | undefined;
  /** Certificates by owner and hostname; of one owner, or all when it is empty. */
  list(owner: string): HeldRow[];
  /** Hostnames whose first order never ended: what a crash leaves. */
  listPending(): string[];
  findAccount(issuer: string, directoryUrl: string): AccountRow | undefined;
  saveAccount(account: AccountRow): void;
  removeAccount(account: Pick<AccountRow, 'issuer' | 'directory_url'>): void;
}

export function createStore(database: Connection): Store {
  const columns = 'hostname, owner, issuer, file_base, chain, private_key, last_error';
  const select = database.prepare<[string], Row>(`SELECT ${columns} FROM certificates WHERE hostname = ?`);
  const selectByBase = database.prepare<[string], string>(
    'SELECT hostname FROM certificates WHERE file_base = ?',
  );
  const selectHeld = database.prepare<[string, string], HeldRow>(
    `SELECT ${columns} FROM certificates
     WHERE chain IS NOT NULL AND (owner = ? OR ? = '') ORDER BY owner, hostname`,
  );
  const selectOwned = database.prepare<[string], Row>(`SELECT ${columns} FROM certificates WHERE owner = ?`);
  const selectPending = database
    .prepare<[], string>('SELECT hostname FROM certificates WHERE chain IS NULL')
    .pluck();
  const insert = database.prepare<[string, string, string, string, number]>(
    'INSERT INTO certificates (hostname, owner, issuer, file_base, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  const update = database.prepare<[string, string, string]>(
    `UPDATE certificates SET chain = ?, private_key = ?, last_error = '' WHERE hostname = ?`,
  );
  const updateError = database.prepare<[string, string]>(
    'UPDATE certificates SET last_error = ? WHERE hostname = ?',
  );
  const remove = database.prepare<[string]>('DELETE FROM certificates WHERE hostname = ?');
  const selectAccount = database.prepare<[string, string], AccountRow>(
    `SELECT issuer, directory_url, url, private_key FROM accounts
     WHERE issuer = ? AND directory_url = ?`,
  );
  const upsertAccount = database.prepare<[AccountRow]>(
    `INSERT OR REPLACE INTO accounts (issuer, directory_url, url, private_key)
     VALUES (@issuer, @directory_url, @url, @private_key)`,
  );
  const deleteAccount = database.prepare<[string, string]>(
    'DELETE FROM accounts WHERE issuer = ? AND directory_url = ?',
  );

  function claimOne(owner: string, { hostname, issuer, fileBases }: Claim, now: Date): boolean {
    const held = select.get(hostname);
    if (held && held.owner !== owner) {
      throw new ServiceError('already_exists', `hostname ${hostname} belongs to ${held.owner}`, {
        details: { owner: held.owner, resource: hostname },
      });
    }
    if (held) return false;
    const base = fileBases.find((candidate) => !selectByBase.get(candidate)) ?? hostname;
    insert.run(hostname, owner, issuer, base, now.getTime());
    return true;
  }

  function forget(hostnames: readonly string[]): Row[] {
    const rows = hostnames.flatMap((hostname) => select.get(hostname) ?? []);
    for (const { hostname } of rows) remove.run(hostname);
    return rows;
  }

  return {
    claim: database.transaction((owner: string, claims: readonly Claim[], now: Date) =>
      claims.filter((claim) => claimOne(owner, claim, now)).map(({ hostname }) => hostname),
    ).immediate,
    complete: database.transaction(
      (owner: string, keep: readonly string[], issued: ReadonlyMap<string, Pair>) => {
        for (const [hostname, { chain, private_key }] of issued) update.run(chain, private_key, hostname);
        const released = selectOwned.all(owner).filter(({ hostname }) => !keep.includes(hostname));
        return forget(released.map(({ hostname }) => hostname));
      },
    ).immediate,
    replace: (hostname, { chain, private_key }) => void update.run(chain, private_key, hostname),
    forget: database.transaction(forget).immediate,
    setError: (hostname, message) => void updateError.run(message, hostname),
    find: (hostname) => select.get(hostname),
    list: (owner) => selectHeld.all(owner, owner),
    listPending: () => selectPending.all(),
    findAccount: (issuer, directoryUrl) => selectAccount.get(issuer, directoryUrl),
    saveAccount: (account) => void upsertAccount.run(account),
    removeAccount: ({ issuer, directory_url }) => void deleteAccount.run(issuer, directory_url),
  };
}

export function isHeld(row: Row): row is HeldRow {
  return row.chain !== null && row.private_key !== null;
}
