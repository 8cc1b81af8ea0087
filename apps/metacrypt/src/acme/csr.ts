import { createPublicKey, type KeyObject } from 'node:crypto';
import { readRequest } from '../ca/certificate-request.ts';
import { AcmeProblem } from './problems.ts';

const MIN_RSA_BITS = 2048;
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * Checks a certificate request (DER, base64url) of an order and returns its public key.
 * Throws badCSR when it does not parse or verify, its names are not exactly the order's, or
 * its key is weak or the account's own.
 */
export async function readCsr(
  csr: string,
  { names, accountJwk }: { names: readonly string[]; accountJwk: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const request = await readRequest(Buffer.from(csr, 'base64url'));
  if (!request) throw new AcmeProblem('badCSR', 'the CSR cannot be read or its signature is wrong');
  if (request.others.length > 0)
    throw new AcmeProblem(
      'badCSR',
      `the CSR asks for ${request.others.join(', ')}: only DNS names are issued`,
    );
  const asked = [...new Set(request.names)].sort();
  const ordered = [...new Set(names)].sort();
  if (asked.join() !== ordered.join()) {
    throw new AcmeProblem(
      'badCSR',
      `the CSR is for ${asked.join(', ')}, the order for ${ordered.join(', ')}`,
    );
  }
  const key = createPublicKey({ key: Buffer.from(request.publicKey), format: 'der', type: 'spki' });
  requireStrongKey(key);
  const accountKey = createPublicKey({ key: JSON.parse(accountJwk), format: 'jwk' });
  if (key.equals(accountKey)) throw new AcmeProblem('badCSR', 'the CSR has the account key; make another');
  return request.publicKey;
}

function requireStrongKey(key: KeyObject): void {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const strong =
    key.asymmetricKeyType === 'rsa'
      ? (modulusLength ?? 0) >= MIN_RSA_BITS
      : CURVES.includes(namedCurve ?? '');
  if (!strong) {
    throw new AcmeProblem(
      'badCSR',
      `the CSR's key is ${key.asymmetricKeyType ?? 'unknown'} ${namedCurve ?? modulusLength ?? ''}: ` +
        `use ECDSA (P-256, P-384, P-521) or RSA of ${MIN_RSA_BITS} bits or more`,
    );
  }
}
