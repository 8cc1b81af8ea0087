/** A certificate is renewed when this part of its life is over. */
const RENEW_AFTER = 2 / 3;
/** Renewals are spread: each comes earlier by up to this part of the life. */
const JITTER = 1 / 30;
const FINGERPRINT_DIGITS = 8;

/** What the decision needs of a certificate. */
export interface Lifetime {
  notBefore: Date;
  notAfter: Date;
  /** SHA-256 of the leaf, hexadecimal: gives every certificate its own moment, always the same. */
  fingerprint: string;
}

/** When a certificate should be renewed: at two thirds of its life, or a little before. */
export function renewAt({ notBefore, notAfter, fingerprint }: Lifetime): Date {
  const lifetimeMs = notAfter.getTime() - notBefore.getTime();
  const position = parseInt(fingerprint.slice(0, FINGERPRINT_DIGITS), 16) / 16 ** FINGERPRINT_DIGITS;
  return new Date(Math.round(notBefore.getTime() + lifetimeMs * (RENEW_AFTER - JITTER * position)));
}

export function isDue(lifetime: Lifetime, now: Date): boolean {
  return now >= renewAt(lifetime);
}

export function isExpired({ notAfter }: Pick<Lifetime, 'notAfter'>, now: Date): boolean {
  return now >= notAfter;
}
