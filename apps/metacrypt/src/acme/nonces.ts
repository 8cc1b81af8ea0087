import { randomBytes } from 'node:crypto';

/** Oldest nonces are forgotten first; a client whose nonce was forgotten retries with the one it is given. */
const MAX_NONCES = 20_000;

/** Single-use nonces (RFC 8555 section 6.5). They are kept in memory: after a restart old ones are bad. */
export interface Nonces {
  issue(): string;
  /** Returns whether the nonce was issued and not used; it is used up then. */
  use(nonce: string): boolean;
}

export function createNonces(): Nonces {
  const unused = new Set<string>();
  return {
    issue() {
      const nonce = randomBytes(16).toString('base64url');
      unused.add(nonce);
      if (unused.size > MAX_NONCES) {
        const [oldest] = unused;
        if (oldest !== undefined) unused.delete(oldest);
      }
      return nonce;
    },
    use: (nonce) => unused.delete(nonce),
  };
}
