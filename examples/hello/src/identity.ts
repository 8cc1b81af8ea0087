import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The service's own certificate and key, PEM. */
export interface Identity {
  certificate: string;
  key: string;
}

/** Where the certificate is kept. */
export function certificatePath(folder: string): string {
  return join(folder, 'api.pem');
}

/** Reads the self-signed certificate from the service's data, or makes one that lasts ten years on the first start. */
export async function loadOrCreateIdentity(folder: string): Promise<Identity> {
  const keyPath = join(folder, 'api.key');
  if (existsSync(certificatePath(folder))) {
    return {
      certificate: await readFile(certificatePath(folder), 'utf8'),
      key: await readFile(keyPath, 'utf8'),
    };
  }
  const identity = await createIdentity();
  writeFileSync(keyPath, identity.key, { mode: 0o600 });
  // The certificate appears whole, and after its key: whoever sees it can use both.
  writeFileSync(`${certificatePath(folder)}.new`, identity.certificate);
  renameSync(`${certificatePath(folder)}.new`, certificatePath(folder));
  return identity;
}

async function createIdentity(): Promise<Identity> {
  // x509 builds itself from decorators, which need this first; both load only when a certificate is made.
  await import('reflect-metadata');
  const {
    BasicConstraintsExtension,
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
    PemConverter,
  } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=hello-backend',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 10 * 365 * 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: 'hello-backend' }]),
    ],
  });
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificate: certificate.toString('pem'), key };
}
