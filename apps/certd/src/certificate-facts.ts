import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Pair } from './files.ts';

/** What the leaf of a chain says. */
export interface CertificateFacts {
  /** The issuer's common name. */
  issuer: string;
  /** Lower-case hexadecimal. */
  serial: string;
  notBefore: Date;
  notAfter: Date;
  /** SHA-256 of the leaf's DER, lower-case hexadecimal. */
  fingerprint: string;
}

/** Reads the leaf, the first certificate of the chain (PEM). */
export function readFacts(chain: string): CertificateFacts {
  const leaf = new X509Certificate(chain);
  return {
    issuer: /^CN=(.*)$/m.exec(leaf.issuer)?.[1] ?? leaf.issuer,
    serial: leaf.serialNumber.toLowerCase(),
    notBefore: leaf.validFromDate,
    notAfter: leaf.validToDate,
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** True when the chain's leaf is for the hostname and the key. */
export function fits({ chain, private_key }: Pair, hostname: string): boolean {
  const leaf = new X509Certificate(chain);
  return leaf.checkHost(hostname) !== undefined && leaf.checkPrivateKey(createPrivateKey(private_key));
}
