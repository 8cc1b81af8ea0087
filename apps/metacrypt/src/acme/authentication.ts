import type { JWK } from 'jose';
import { parseJws, thumbprintOf, verifySignature, type Jws } from './jws.ts';
import type { Nonces } from './nonces.ts';
import { AcmeProblem } from './problems.ts';
import type { AccountRow, AcmeStore } from './store.ts';
import type { AcmeUrls } from './urls.ts';

/** A request whose signature, URL and nonce are right. */
export interface KeyRequest {
  by: 'key';
  jwk: JWK;
  thumbprint: string;
  payload: string;
}
export interface AccountRequest {
  by: 'account';
  account: AccountRow;
  /** "" for POST-as-GET. */
  payload: string;
}
export type SignedRequest = KeyRequest | AccountRequest;

/** A request as it came in. */
export interface RawRequest {
  /** The whole URL as the client must have signed it. */
  url: string;
  body: unknown;
}

/**
 * Authenticates requests by RFC 8555 section 6. Throws malformed, badSignatureAlgorithm,
 * badPublicKey, badNonce, unauthorized or accountDoesNotExist.
 */
export function createAuthenticator({
  store,
  nonces,
  urls,
}: {
  store: AcmeStore;
  nonces: Nonces;
  urls: AcmeUrls;
}): (request: RawRequest) => Promise<SignedRequest> {
  return async ({ url, body }) => {
    const jws = parseJws(body);
    if (jws.header.url !== url)
      throw new AcmeProblem('unauthorized', `the JWS is signed for ${jws.header.url}, not ${url}`);
    const signed = await verifySigner(jws, store, urls);
    // Last, so that only a holder of the key can use a nonce up.
    if (jws.header.nonce === undefined || !nonces.use(jws.header.nonce))
      throw new AcmeProblem('badNonce', 'the nonce was used before or is not known');
    return signed;
  };
}

async function verifySigner(jws: Jws, store: AcmeStore, urls: AcmeUrls): Promise<SignedRequest> {
  const { kid, jwk } = jws.header;
  if ((kid === undefined) === (jwk === undefined))
    throw new AcmeProblem('malformed', 'the JWS must have either jwk or kid');
  if (jwk !== undefined) {
    const payload = await verifySignature(jws, jwk);
    return { by: 'key', jwk, thumbprint: await thumbprintOf(jwk), payload };
  }
  const account = store.findAccount(urls.accountId(kid ?? '') ?? '');
  if (!account) throw new AcmeProblem('accountDoesNotExist', `there is no account ${kid ?? ''}`);
  const payload = await verifySignature(jws, JSON.parse(account.jwk));
  if (account.status !== 'valid') throw new AcmeProblem('unauthorized', 'the account was deactivated');
  return { by: 'account', account, payload };
}
