import 'reflect-metadata';
import { createHash, randomBytes, type webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { LeafPurpose } from './issuers.ts';

/** ECDSA P-256 with SHA-256, for every key this CA makes and every signature. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SERIAL_BYTES = 16;
/** The longest common name that RFC 5280 allows; a leaf with a longer name has only its SAN. */
const MAX_COMMON_NAME = 64;

const usage: Record<LeafPurpose, x509.ExtendedKeyUsage> = {
  server: x509.ExtendedKeyUsage.serverAuth,
  client: x509.ExtendedKeyUsage.clientAuth,
};

/** Validity of a certificate. */
export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/** Who signs. */
export interface Signer {
  subject: x509.Name;
  key: webcrypto.CryptoKey;
  /** Goes into every certificate it signs. */
  keyIdentifier: x509.Extension;
}

/** Makes a signer of a certificate (PEM) and its private key. */
export function createSigner(certificate: string, key: webcrypto.CryptoKey): Signer {
  const { subjectName, publicKey } = new x509.X509Certificate(certificate);
  const keyId = keyIdOf(new Uint8Array(publicKey.rawData));
  return { subject: subjectName, key, keyIdentifier: new x509.AuthorityKeyIdentifierExtension(keyId) };
}

/** A certificate just signed. */
export interface Signed {
  /** Lower-case hexadecimal. */
  serial: string;
  pem: string;
}

/** A new exportable key pair. */
export function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Imports a PKCS #8 key for signing. */
export function importSigningKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<webcrypto.CryptoKey> {
  return crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
}

/** A public key as SubjectPublicKeyInfo, DER. */
export async function exportPublicKey(key: webcrypto.CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey('spki', key));
}

/** A private key as PKCS #8 DER, and in PEM. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<{ der: Uint8Array; pem: string }> {
  const der = await crypto.subtle.exportKey('pkcs8', key);
  return { der: new Uint8Array(der), pem: `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n` };
}

/** The self-signed root; one tier of issuers may stand below it. */
export async function createRoot(
  commonName: string,
  keys: webcrypto.CryptoKeyPair,
  validity: Validity,
): Promise<Signed> {
  const publicKey = await exportPublicKey(keys.publicKey);
  const signed = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: nameOf(commonName),
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: authorityExtensions({ publicKey, pathLength: 1 }),
  });
  return { serial: signed.serialNumber, pem: pemOf(signed) };
}

/** An issuer below `signer`; only leaves may stand below it. */
export function createIssuer(
  commonName: string,
  publicKey: Uint8Array<ArrayBuffer>,
  { signer, ...validity }: Validity & { signer: Signer },
): Promise<Signed> {
  const extensions = authorityExtensions({ publicKey, pathLength: 0 });
  return sign({ subject: nameOf(commonName), publicKey, extensions, signer, validity });
}

/** What a leaf is for. */
export interface LeafRequest extends Validity {
  signer: Signer;
  /** DNS names, at least one, the first is also the common name; then IP addresses. */
  names: readonly string[];
  addresses?: readonly string[];
  purposes: readonly LeafPurpose[];
}

/** A leaf for a subject public key (SubjectPublicKeyInfo, DER). */
export function createLeaf(
  publicKey: Uint8Array<ArrayBuffer>,
  { signer, names, addresses = [], purposes, ...validity }: LeafRequest,
): Promise<Signed> {
  const commonName = names[0];
  const subject = commonName !== undefined && commonName.length <= MAX_COMMON_NAME ? nameOf(commonName) : [];
  const alternatives: x509.JsonGeneralNames = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(purposes.map((purpose) => usage[purpose])),
    new x509.SubjectAlternativeNameExtension(alternatives, subject.length === 0),
    new x509.SubjectKeyIdentifierExtension(keyIdOf(publicKey)),
  ];
  return sign({ subject, publicKey, extensions, signer, validity });
}

async function sign({
  subject,
  publicKey,
  extensions,
  signer,
  validity,
}: {
  subject: x509.JsonName;
  publicKey: Uint8Array<ArrayBuffer>;
  extensions: x509.Extension[];
  signer: Signer;
  validity: Validity;
}): Promise<Signed> {
  const signed = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject,
    issuer: signer.subject,
    publicKey,
    signingKey: signer.key,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: [...extensions, signer.keyIdentifier],
  });
  return { serial: signed.serialNumber, pem: pemOf(signed) };
}

function authorityExtensions({ publicKey, pathLength }: { publicKey: Uint8Array; pathLength: number }) {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    new x509.SubjectKeyIdentifierExtension(keyIdOf(publicKey)),
  ];
}

/** The leftmost 160 bits of the SHA-256 of the SubjectPublicKeyInfo (RFC 7093 section 2, method 4). */
function keyIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20).toString('hex');
}

function nameOf(commonName: string): x509.JsonName {
  return [{ CN: [commonName] }];
}

function randomSerial(): string {
  return randomBytes(SERIAL_BYTES).toString('hex');
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
