import type { Connection } from '@mcp/daemon/sqlite';
import type { CaStore, IssuedCertificate } from '../ca/store.ts';

export interface EabKeyRow {
  kid: string;
  /** The account of the token file that the key is bound to. */
  principal: string;
  /** null once used. */
  sealed_key: Buffer | null;
}

export interface AccountRow {
  id: string;
  thumbprint: string;
  /** JSON. */
  jwk: string;
  /** JSON array of URLs. */
  contact: string;
  status: 'valid' | 'deactivated';
  principal: string;
  eab_kid: string;
}

export interface OrderRow {
  id: string;
  account_id: string;
  status: 'ready' | 'valid';
  /** JSON array of DNS names. */
  names: string;
  serial: string | null;
  expires_at: number;
}

export interface AuthorizationRow {
  id: string;
  order_id: string;
  name: string;
  status: 'valid';
  expires_at: number;
}

/** Accounts, orders and authorizations. Each method is one transaction. */
export interface AcmeStore {
  insertEabKey(key: EabKeyRow, now: Date): void;
  findEabKey(kid: string): EabKeyRow | undefined;
  /** Stores an account and uses up its binding key; returns false when that was used already. */
  insertAccount(account: AccountRow, now: Date): boolean;
  findAccount(id: string): AccountRow | undefined;
  findAccountByThumbprint(thumbprint: string): AccountRow | undefined;
  setContact(id: string, contact: string): void;
  deactivate(id: string): void;
  insertOrder(order: OrderRow, authorizations: readonly AuthorizationRow[], now: Date): void;
  findOrder(id: string): OrderRow | undefined;
  /** Ids of an account's orders that have not expired, oldest first. */
  listOrders(accountId: string, now: Date): string[];
  listAuthorizations(orderId: string): AuthorizationRow[];
  findAuthorization(id: string): (AuthorizationRow & { account_id: string }) | undefined;
  /** Records the certificate and makes the order valid; returns false, recording nothing, when it is not ready. */
  completeOrder(order: OrderRow, certificate: IssuedCertificate): boolean;
}

export function createAcmeStore(database: Connection, certificates: CaStore): AcmeStore {
  const insertEab = database.prepare(
    'INSERT INTO eab_keys (kid, principal, sealed_key, created_at) VALUES (?, ?, ?, ?)',
  );
  const selectEab = database.prepare<[string], EabKeyRow>(
    'SELECT kid, principal, sealed_key FROM eab_keys WHERE kid = ?',
  );
  const useEab = database.prepare<[string]>(
    'UPDATE eab_keys SET sealed_key = NULL WHERE kid = ? AND sealed_key IS NOT NULL',
  );
  const insertAccount = database.prepare<[AccountRow & { created_at: number }]>(
    `INSERT INTO accounts (id, thumbprint, jwk, contact, status, principal, eab_kid, created_at)
     VALUES (@id, @thumbprint, @jwk, @contact, @status, @principal, @eab_kid, @created_at)`,
  );
  const accountColumns = 'id, thumbprint, jwk, contact, status, principal, eab_kid';
  const selectAccount = database.prepare<[string], AccountRow>(
    `SELECT ${accountColumns} FROM accounts WHERE id = ?`,
  );
  const selectByThumbprint = database.prepare<[string], AccountRow>(
    `SELECT ${accountColumns} FROM accounts WHERE thumbprint = ?`,
  );
  const updateContact = database.prepare<[string, string]>('UPDATE accounts SET contact = ? WHERE id = ?');
  const updateDeactivated = database.prepare<[string]>(
    `UPDATE accounts SET status = 'deactivated' WHERE id = ?`,
  );
  const insertOrder = database.prepare<[OrderRow & { created_at: number }]>(
    `INSERT INTO orders (id, account_id, status, names, serial, expires_at, created_at)
     VALUES (@id, @account_id, @status, @names, @serial, @expires_at, @created_at)`,
  );
  const insertAuthorization = database.prepare<[AuthorizationRow]>(
    `INSERT INTO authorizations (id, order_id, name, status, expires_at)
     VALUES (@id, @order_id, @name, @status, @expires_at)`,
  );
  const selectOrder = database.prepare<[string], OrderRow>(
    'SELECT id, account_id, status, names, serial, expires_at FROM orders WHERE id = ?',
  );
  const selectOrders = database
    .prepare<[string, number], string>(
      'SELECT id FROM orders WHERE account_id = ? AND expires_at > ? ORDER BY created_at, id',
    )
    .pluck();
  const selectAuthorizations = database.prepare<[string], AuthorizationRow>(
    'SELECT id, order_id, name, status, expires_at FROM authorizations WHERE order_id = ? ORDER BY rowid',
  );
  const selectAuthorization = database.prepare<[string], AuthorizationRow & { account_id: string }>(
    `SELECT a.id, a.order_id, a.name, a.status, a.expires_at, o.account_id
     FROM authorizations a JOIN orders o ON o.id = a.order_id WHERE a.id = ?`,
  );
  const updateCompleted = database.prepare<[string, string]>(
    `UPDATE orders SET status = 'valid', serial = ? WHERE id = ? AND status = 'ready'`,
  );

  return {
    insertEabKey: ({ kid, principal, sealed_key }, now) =>
      void insertEab.run(kid, principal, sealed_key, now.getTime()),
    findEabKey: (kid) => selectEab.get(kid),
    insertAccount: database.transaction((account: AccountRow, now: Date) => {
      if (useEab.run(account.eab_kid).changes === 0) return false;
      insertAccount.run({ ...account, created_at: now.getTime() });
      return true;
    }).immediate,
    findAccount: (id) => selectAccount.get(id),
    findAccountByThumbprint: (thumbprint) => selectByThumbprint.get(thumbprint),
    setContact: (id, contact) => void updateContact.run(contact, id),
    deactivate: (id) => void updateDeactivated.run(id),
    insertOrder: database.transaction(
      (order: OrderRow, authorizations: readonly AuthorizationRow[], now: Date) => {
        insertOrder.run({ ...order, created_at: now.getTime() });
        for (const authorization of authorizations) insertAuthorization.run(authorization);
      },
    ).immediate,
    findOrder: (id) => selectOrder.get(id),
    listOrders: (accountId, now) => selectOrders.all(accountId, now.getTime()),
    listAuthorizations: (orderId) => selectAuthorizations.all(orderId),
    findAuthorization: (id) => selectAuthorization.get(id),
    completeOrder: database.transaction((order: OrderRow, certificate: IssuedCertificate) => {
      if (selectOrder.get(order.id)?.status !== 'ready') return false;
      certificates.record(certificate, order.account_id);
      updateCompleted.run(certificate.serial, order.id);
      return true;
    }).immediate,
  };
}
