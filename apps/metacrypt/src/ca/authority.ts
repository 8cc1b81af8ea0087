import type { webcrypto } from 'node:crypto';
import { ServiceError } from '@mcp/daemon/errors';
import { issuerNames, purposesByIssuer, ROOT, type IssuerName } from './issuers.ts';
import { createSeal, unseal, type Seal } from './seal.ts';
import type { AuthorityRow, CaStore, IssuedCertificate } from './store.ts';
import { createIssuer, createLeaf, createRoot, createSigner } from './x509.ts';
import { exportKey, exportPublicKey, generateKeys, importSigningKey } from './x509.ts';

const DAY_MS = 86_400_000;
const ROOT_DAYS = 3650;
const ISSUER_DAYS = 1825;
/** Clocks differ: a certificate is valid a little before it was issued. */
const BACKDATE_MS = 60_000;

/** A leaf that is wanted. */
export interface LeafOrder {
  issuer: IssuerName;
  /** The first is the common name. */
  names: readonly string[];
  addresses?: readonly string[];
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Uint8Array<ArrayBuffer>;
  days: number;
}

/** An unsealed CA. The root's key stays sealed: it signs only when the CA is made. */
export interface Authority {
  /** PEM of the root. */
  root: string;
  /** PEM of an issuer. */
  issuerPem(name: IssuerName): string;
  /** Signs a leaf; the caller records it. */
  issue(order: LeafOrder): Promise<IssuedCertificate>;
  /** For other secrets that the database keeps. */
  seal: Seal;
}

export interface AuthorityOptions {
  store: CaStore;
  password: string;
  now: () => Date;
}

/**
 * Unseals the CA, or makes it first: a root (10 years) and its issuers (5 years). Safe when
 * two processes start on a new database at once. Throws failed_precondition when the password
 * is not the one it was sealed with.
 */
export async function openAuthority({ store, password, now }: AuthorityOptions): Promise<Authority> {
  const found = store.load();
  if (found) return openFound(found, password, now);
  const { row, seal } = await createSeal(password);
  const authorities = await createAuthorities(seal, now());
  if (!store.create(row, authorities, now())) return openAuthority({ store, password, now });
  return serveAuthorities(seal, authorities, now);
}

async function openFound(
  found: NonNullable<ReturnType<CaStore['load']>>,
  password: string,
  now: () => Date,
): Promise<Authority> {
  const seal = await unseal(password, found.seal);
  if (!seal) {
    throw new ServiceError(
      'failed_precondition',
      'unseal the CA: the password in seal.password_file is not the one this database was sealed with; put the right one back',
    );
  }
  return serveAuthorities(seal, found.authorities, now);
}

async function createAuthorities(seal: Seal, now: Date): Promise<AuthorityRow[]> {
  const notBefore = new Date(now.getTime() - BACKDATE_MS);
  const validFor = (days: number) => ({ notBefore, notAfter: new Date(now.getTime() + days * DAY_MS) });
  const row = async (name: string, certificate: string, key: webcrypto.CryptoKey) => ({
    name,
    certificate,
    sealed_key: seal.seal(name, (await exportKey(key)).der),
  });
  const rootKeys = await generateKeys();
  const root = await createRoot('Metacrypt root', rootKeys, validFor(ROOT_DAYS));
  const signer = createSigner(root.pem, rootKeys.privateKey);
  const issuers = issuerNames.map(async (name) => {
    const keys = await generateKeys();
    const issuer = await createIssuer(`Metacrypt ${name}`, await exportPublicKey(keys.publicKey), {
      signer,
      ...validFor(ISSUER_DAYS),
    });
    return row(name, issuer.pem, keys.privateKey);
  });
  return Promise.all([row(ROOT, root.pem, rootKeys.privateKey), ...issuers]);
}

async function serveAuthorities(
  seal: Seal,
  authorities: readonly AuthorityRow[],
  now: () => Date,
): Promise<Authority> {
  const byName = new Map(authorities.map((authority) => [authority.name, authority]));
  const rowOf = (name: string): AuthorityRow => {
    const row = byName.get(name);
    if (!row) throw new Error(`the database has no authority ${name}`);
    return row;
  };
  const signers = new Map(
    await Promise.all(
      issuerNames.map(async (name) => {
        const { certificate, sealed_key } = rowOf(name);
        const key = await importSigningKey(new Uint8Array(seal.open(name, sealed_key)));
        return [name, createSigner(certificate, key)] as const;
      }),
    ),
  );

  return {
    root: rowOf(ROOT).certificate,
    issuerPem: (name) => rowOf(name).certificate,
    seal,
    async issue({ issuer, names, addresses = [], publicKey, days }) {
      const signer = signers.get(issuer)!;
      const issuedAt = now().getTime();
      const validity = {
        notBefore: new Date(issuedAt - BACKDATE_MS),
        notAfter: new Date(issuedAt + days * DAY_MS - BACKDATE_MS),
      };
      const purposes = purposesByIssuer[issuer];
      const leaf = await createLeaf(publicKey, { signer, names, addresses, purposes, ...validity });
      const chain = leaf.pem + rowOf(issuer).certificate;
      return { serial: leaf.serial, issuer, names: [...names, ...addresses], chain, ...validity };
    },
  };
}
