import { exportKey, exportPublicKey, generateKeys } from './ca/x509.ts';
import type { Authority } from './ca/authority.ts';
import type { CaStore, IssuedCertificate } from './ca/store.ts';
import type { TlsIdentity } from './https-server.ts';

const LISTENER_DAYS = 90;
/** It is renewed in memory when this part of its life is over. */
const RENEW_AFTER = 2 / 3;

/** A certificate from `infra` for a TLS listener of the platform. */
export interface ListenerCertificate extends TlsIdentity {
  /** When to ask for the next one. */
  renewAt: Date;
}

/** Issues a certificate from `infra`, with a new key, and records it. */
export async function issueListenerCertificate(
  { authority, store }: { authority: Authority; store: CaStore },
  subject: { names: readonly string[]; addresses: readonly string[] },
): Promise<ListenerCertificate> {
  const keys = await generateKeys();
  const issued = await authority.issue({
    issuer: 'infra',
    ...subject,
    publicKey: await exportPublicKey(keys.publicKey),
    days: LISTENER_DAYS,
  });
  store.record(issued, null);
  const { pem } = await exportKey(keys.privateKey);
  return { cert: issued.chain, key: pem, renewAt: renewAt(issued) };
}

function renewAt({ notBefore, notAfter }: Pick<IssuedCertificate, 'notBefore' | 'notAfter'>): Date {
  const lifetimeMs = notAfter.getTime() - notBefore.getTime();
  return new Date(notBefore.getTime() + lifetimeMs * RENEW_AFTER);
}
