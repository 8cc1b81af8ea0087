import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import type { Seal } from '../ca/seal.ts';
import { Jwk, parseJws, readPayload, thumbprintOf, verifyMac } from './jws.ts';
import { AcmeProblem } from './problems.ts';
import type { AcmeStore, EabKeyRow } from './store.ts';

const HMAC_KEY_BYTES = 32;

/** External account binding keys (RFC 8555 section 7.3.4): each binds one ACME account to one principal. */
export interface EabKeys {
  /** Makes a key for a principal; usable once. */
  create(principal: string): { kid: string; hmac_key: string };
  /** Returns the unused key that `binding` proves for the account key. Throws malformed or unauthorized. */
  verify(binding: unknown, account: { jwk: JWK; url: string }): Promise<EabKeyRow>;
}

export function createEabKeys({
  store,
  seal,
  now,
}: {
  store: AcmeStore;
  seal: Seal;
  now: () => Date;
}): EabKeys {
  return {
    create(principal) {
      const kid = randomBytes(16).toString('base64url');
      const key = randomBytes(HMAC_KEY_BYTES);
      store.insertEabKey({ kid, principal, sealed_key: seal.seal(labelOf(kid), key) }, now());
      return { kid, hmac_key: key.toString('base64url') };
    },
    async verify(binding, { jwk, url }) {
      const jws = parseJws(binding);
      if (jws.header.url !== url || jws.header.nonce !== undefined) {
        throw new AcmeProblem('malformed', `the binding must have url ${url} and no nonce`);
      }
      const key = store.findEabKey(jws.header.kid ?? '');
      if (!key) throw new AcmeProblem('unauthorized', `binding key ${jws.header.kid ?? ''} is not known`);
      if (!key.sealed_key) {
        throw new AcmeProblem(
          'unauthorized',
          `binding key ${key.kid} was used by another account; get a new one`,
        );
      }
      const payload = await verifyMac(jws, seal.open(labelOf(key.kid), key.sealed_key)).catch(
        (cause: unknown) => {
          throw cause instanceof AcmeProblem
            ? new AcmeProblem('unauthorized', `the binding does not fit key ${key.kid}`)
            : cause;
        },
      );
      const boundKey = readPayload(payload, Jwk);
      if ((await thumbprintOf(boundKey)) !== (await thumbprintOf(jwk))) {
        throw new AcmeProblem('malformed', 'the binding is for another account key');
      }
      return key;
    },
  };
}

function labelOf(kid: string): string {
  return `eab ${kid}`;
}
