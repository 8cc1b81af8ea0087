import { createPublicKey, X509Certificate } from 'node:crypto';
import * as v from 'valibot';
import type { CaStore, CertificateRow } from '../ca/store.ts';
import type { SignedRequest } from './authentication.ts';
import { readPayload } from './jws.ts';
import { AcmeProblem } from './problems.ts';
import type { AccountRow } from './store.ts';

const Revocation = v.looseObject({ certificate: v.string(), reason: v.optional(v.number(), 0) });
/** RFC 5280 section 5.3.1; the others are for CAs and for CRLs. */
const REASONS = [0, 1, 3, 4, 5];

/** Issued certificates (RFC 8555 sections 7.4.2 and 7.6). */
export interface Certificates {
  /** The account's own certificate. Throws notFound, unauthorized. */
  get(serial: string, account: AccountRow): CertificateRow;
  /** Records a revocation, asked for by the owning account or with the certificate's own key. */
  revoke(request: SignedRequest): void;
}

export function createCertificates({ store, now }: { store: CaStore; now: () => Date }): Certificates {
  return {
    get(serial, account) {
      const certificate = store.findCertificate(serial);
      if (!certificate) throw new AcmeProblem('notFound', `there is no certificate ${serial}`);
      if (certificate.account_id !== account.id)
        throw new AcmeProblem('unauthorized', 'the certificate belongs to another account');
      return certificate;
    },
    revoke(request) {
      const { certificate, reason } = readPayload(request.payload, Revocation);
      if (!REASONS.includes(reason))
        throw new AcmeProblem('badRevocationReason', `reason ${reason} is not one of ${REASONS.join(', ')}`);
      const leaf = readLeaf(certificate);
      const row = store.findCertificate(leaf.serialNumber.toLowerCase());
      if (!row || !new X509Certificate(row.chain).raw.equals(leaf.raw))
        throw new AcmeProblem('notFound', 'this CA did not issue the certificate');
      if (!mayRevoke(request, row, leaf))
        throw new AcmeProblem(
          'unauthorized',
          'only the account that owns the certificate, or its key, may revoke it',
        );
      if (!store.revoke(row.serial, reason, now()))
        throw new AcmeProblem('alreadyRevoked', `certificate ${row.serial} was revoked before`);
    },
  };
}

function mayRevoke(request: SignedRequest, row: CertificateRow, leaf: X509Certificate): boolean {
  if (request.by === 'account') return request.account.id === row.account_id;
  return createPublicKey({ key: request.jwk, format: 'jwk' }).equals(leaf.publicKey);
}

function readLeaf(base64url: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64url, 'base64url'));
  } catch {
    throw new AcmeProblem('malformed', 'certificate is not a DER certificate in base64url');
  }
}
