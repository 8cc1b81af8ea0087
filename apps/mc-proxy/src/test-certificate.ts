// @peculiar/x509 needs its polyfill to be loaded first.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

interface Authority {
  certificate: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

/** What a test asks of a leaf; good for ten days from yesterday unless it says otherwise. */
interface LeafOptions {
  notBefore?: Date;
  notAfter?: Date;
  /** Of an RSA key; ECDSA P-256 when not given. */
  rsaBits?: number;
}

/** A root and an intermediate that issue leaves into files of a test's folder. */
export interface TestCa {
  root: string;
  intermediate: string;
  /** Writes `<name>.pem` (leaf, intermediate) and `<name>.key`, and returns their paths and the leaf alone. */
  issue(
    name: string,
    hostname: string,
    options?: LeafOptions,
  ): Promise<{ certificatePath: string; keyPath: string; leaf: string }>;
}

/** A new CA for tests that keeps its files in `directory`. */
export async function createTestCa(directory: string): Promise<TestCa> {
  const root = await createAuthority('CN=Test Root', undefined);
  const intermediate = await createAuthority('CN=Test Intermediate', root);
  return {
    root: root.certificate.toString('pem'),
    intermediate: intermediate.certificate.toString('pem'),
    async issue(name, hostname, options = {}) {
      const keys = await generateKeys(options.rsaBits);
      const certificate = await X509CertificateGenerator.create({
        subject: '',
        issuer: intermediate.certificate.subject,
        notBefore: options.notBefore ?? new Date(Date.now() - DAY_MS),
        notAfter: options.notAfter ?? new Date(Date.now() + 9 * DAY_MS),
        publicKey: keys.publicKey,
        signingKey: intermediate.keys.privateKey,
        signingAlgorithm: EC,
        extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: hostname }])],
      });
      const leaf = certificate.toString('pem');
      const certificatePath = join(directory, `${name}.pem`);
      const keyPath = join(directory, `${name}.key`);
      writeFileSync(certificatePath, `${leaf}\n${intermediate.certificate.toString('pem')}\n`);
      writeFileSync(keyPath, await exportKey(keys.privateKey));
      return { certificatePath, keyPath, leaf };
    },
  };
}

async function createAuthority(name: string, issuer: Authority | undefined): Promise<Authority> {
  const keys = await generateKeys(undefined);
  const certificate = await X509CertificateGenerator.create({
    subject: name,
    issuer: issuer?.certificate.subject ?? name,
    notBefore: new Date(Date.now() - 30 * DAY_MS),
    notAfter: new Date(Date.now() + 30 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: EC,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return { certificate, keys };
}

async function generateKeys(rsaBits: number | undefined): Promise<webcrypto.CryptoKeyPair> {
  if (rsaBits === undefined) return await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: rsaBits,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  return await webcrypto.subtle.generateKey(rsa, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}
