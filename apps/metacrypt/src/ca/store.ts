import type { Connection } from '@mcp/daemon/sqlite';
import type { IssuerName } from './issuers.ts';
import type { SealRow } from './seal.ts';

/** A CA certificate and its sealed private key. */
export interface AuthorityRow {
  /** "root" or an issuer's name. */
  name: string;
  /** PEM. */
  certificate: string;
  sealed_key: Buffer;
}

/** A leaf as it was issued. */
export interface IssuedCertificate {
  /** Lower-case hexadecimal. */
  serial: string;
  issuer: IssuerName;
  names: readonly string[];
  /** PEM: leaf, then issuer. */
  chain: string;
  notBefore: Date;
  notAfter: Date;
}

/** A leaf as the database knows it. */
export interface CertificateRow {
  serial: string;
  chain: string;
  account_id: string | null;
  revoked_at: number | null;
}

/** The CA's keys and everything it issued. Each method is one transaction. */
export interface CaStore {
  /** The seal and the authorities, or undefined in a new database. */
  load(): { seal: SealRow; authorities: AuthorityRow[] } | undefined;
  /** Stores a new CA; returns false, and stores nothing, when there is one already. */
  create(seal: SealRow, authorities: readonly AuthorityRow[], now: Date): boolean;
  /** Records a leaf; `accountId` is the ACME account's, or null when a command issued it. */
  record(certificate: IssuedCertificate, accountId: string | null): void;
  findCertificate(serial: string): CertificateRow | undefined;
  /** Returns false when it was revoked before. */
  revoke(serial: string, reason: number, now: Date): boolean;
}

export function createCaStore(database: Connection): CaStore {
  const selectSeal = database.prepare<[], SealRow>('SELECT salt, memory_kib, passes, wrapped_key FROM seal');
  const selectAuthorities = database.prepare<[], AuthorityRow>(
    'SELECT name, certificate, sealed_key FROM authorities',
  );
  const insertSeal = database.prepare<[SealRow]>(
    `INSERT INTO seal (id, salt, memory_kib, passes, wrapped_key)
     VALUES (1, @salt, @memory_kib, @passes, @wrapped_key)`,
  );
  const insertAuthority = database.prepare<[AuthorityRow & { created_at: number }]>(
    `INSERT INTO authorities (name, certificate, sealed_key, created_at)
     VALUES (@name, @certificate, @sealed_key, @created_at)`,
  );
  const insertCertificate = database.prepare(
    `INSERT INTO certificates (serial, issuer, names, chain, account_id, not_before, not_after)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectCertificate = database.prepare<[string], CertificateRow>(
    'SELECT serial, chain, account_id, revoked_at FROM certificates WHERE serial = ?',
  );
  const updateRevoked = database.prepare<[number, number, string]>(
    `UPDATE certificates SET revoked_at = ?, revocation_reason = ?
     WHERE serial = ? AND revoked_at IS NULL`,
  );

  return {
    load: database.transaction(() => {
      const seal = selectSeal.get();
      return seal && { seal, authorities: selectAuthorities.all() };
    }),
    create: database.transaction((seal: SealRow, authorities: readonly AuthorityRow[], now: Date) => {
      if (selectSeal.get()) return false;
      insertSeal.run(seal);
      for (const authority of authorities) insertAuthority.run({ ...authority, created_at: now.getTime() });
      return true;
    }).immediate,
    record({ serial, issuer, names, chain, notBefore, notAfter }, accountId) {
      const times = [notBefore.getTime(), notAfter.getTime()];
      insertCertificate.run(serial, issuer, JSON.stringify(names), chain, accountId, ...times);
    },
    findCertificate: (serial) => selectCertificate.get(serial),
    revoke: (serial, reason, now) => updateRevoked.run(now.getTime(), reason, serial).changes === 1,
  };
}
