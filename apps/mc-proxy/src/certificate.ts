import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ServiceError } from '@mcp/daemon/errors';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PEM_PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/;
/** HAProxy takes a certificate over its socket in one buffer of 16 KiB. */
const MAX_PEM_BYTES = 15 * 1024;

/** A certificate that can be served: checked, with its chain and key in one text. */
export interface Certificate {
  /** Leaf, chain and private key, PEM without empty lines. Secret. */
  pem: string;
  /** SHA-256 of the leaf, lower-case hexadecimal: how the API names it. */
  fingerprint: string;
  /** SHA-1 of the leaf, upper-case hexadecimal: how HAProxy names it. */
  sha1: string;
}

/** What to read, and for which name and time it must be good. */
export interface CertificateRequest {
  hostname: string;
  certificatePath: string;
  keyPath: string;
  now: Date;
}

/**
 * Reads a full chain (leaf first) and its key. Throws failed_precondition that says which file
 * is wrong and why, when a TLS client could not accept what would be served.
 */
export async function readCertificate(request: CertificateRequest): Promise<Certificate> {
  const { certificatePath, keyPath } = request;
  const chain = parseChain(await read(certificatePath, 'certificate'), certificatePath);
  const key = parseKey(await read(keyPath, 'private key'), keyPath);
  checkChain(chain, request);
  if (!chain[0]!.checkPrivateKey(key))
    throw refused(keyPath, `is not the key of the certificate in ${certificatePath}`);
  const certificate = combine(chain, key);
  if (certificate.pem.length > MAX_PEM_BYTES)
    throw refused(
      certificatePath,
      `with its key is ${certificate.pem.length} bytes, at most ${MAX_PEM_BYTES} can be loaded`,
    );
  return certificate;
}

/** Reads back what `readCertificate` gave as `pem`. Throws when the text is something else. */
export function parseCopy(pem: string, path: string): Certificate {
  return combine(parseChain(pem, path), parseKey(pem, path));
}

function combine(chain: readonly X509Certificate[], key: KeyObject): Certificate {
  const blocks = [...chain.map(String), String(key.export({ type: 'pkcs8', format: 'pem' }))];
  return {
    pem: `${blocks.map((block) => block.trim()).join('\n')}\n`,
    fingerprint: chain[0]!.fingerprint256.replaceAll(':', '').toLowerCase(),
    sha1: chain[0]!.fingerprint.replaceAll(':', ''),
  };
}

async function read(path: string, what: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reason = code === 'ENOENT' ? 'is not there' : `cannot be read (${String(code)})`;
    throw new ServiceError('failed_precondition', `${what} ${path} ${reason}`, {
      details: { resource: path },
    });
  });
}

function parseChain(text: string, path: string): X509Certificate[] {
  const blocks = text.match(PEM_CERTIFICATE);
  if (!blocks) throw refused(path, 'has no PEM certificate in it');
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw refused(path, `has an unreadable certificate at place ${index + 1}`, cause);
    }
  });
}

function parseKey(text: string, path: string): KeyObject {
  const block = PEM_PRIVATE_KEY.exec(text)?.[0];
  if (block === undefined) throw refused(path, 'has no PEM private key in it');
  try {
    return createPrivateKey(block);
  } catch {
    // OpenSSL's words for it ("unsupported", "interrupted or cancelled") tell an operator less than this.
    throw refused(path, 'has a private key that cannot be used; is it encrypted?');
  }
}

function checkChain(
  chain: readonly X509Certificate[],
  { hostname, certificatePath, now }: CertificateRequest,
): void {
  const leaf = chain[0]!;
  if (leaf.ca) throw refused(certificatePath, `starts with the CA ${nameOf(leaf)}; the leaf must come first`);
  for (const certificate of chain) {
    const which = certificate === leaf ? 'certificate' : `intermediate ${nameOf(certificate)}`;
    if (certificate.validToDate <= now)
      throw refused(
        certificatePath,
        `has an expired ${which} (since ${certificate.validToDate.toISOString()})`,
      );
    if (certificate.validFromDate > now)
      throw refused(
        certificatePath,
        `has a ${which} that is not yet valid (from ${certificate.validFromDate.toISOString()})`,
      );
  }
  if (leaf.checkHost(hostname, { subject: 'never' }) === undefined)
    throw refused(certificatePath, `is not for ${hostname}: it names ${leaf.subjectAltName ?? 'no host'}`);
  if (chain.length === 1)
    throw refused(
      certificatePath,
      `has only the leaf, issued by ${issuerOf(leaf)}; add the intermediate certificates`,
    );
  for (const [index, issuer] of chain.slice(1).entries()) {
    const certificate = chain[index]!;
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw refused(
        certificatePath,
        `is out of order: ${nameOf(certificate)} was issued by ${issuerOf(certificate)}, but ${nameOf(issuer)} comes next`,
      );
    }
  }
}

function nameOf({ subject }: X509Certificate): string {
  return `"${oneLine(subject)}"`;
}

function issuerOf({ issuer }: X509Certificate): string {
  return `"${oneLine(issuer)}"`;
}

/** Node gives a distinguished name with one attribute a line, and nothing for an empty one. */
function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}

function refused(path: string, reason: string, cause?: unknown): ServiceError {
  return new ServiceError('failed_precondition', `${path} ${reason}`, { cause, details: { resource: path } });
}
