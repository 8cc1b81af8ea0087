import { request } from 'node:https';
import { exportJWK, FlattenedSign, generateKeyPair, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { fetchEab, startCa, type TestCa } from '../test-ca.ts';

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: Record<string, unknown>;
}

function send(
  ca: TestCa,
  url: string,
  { method = 'POST', body = '', type = 'application/jose+json', token = '' } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const headers = { 'content-type': type, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
    const call = request(url, { method, agent: ca.agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const json = text.startsWith('{') ? JSON.parse(text) : { text };
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: json });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

async function freshNonce(ca: TestCa): Promise<string> {
  const { headers } = await send(ca, `${ca.url}/acme/services/new-nonce`, { method: 'HEAD' });
  return String(headers['replay-nonce']);
}

async function newKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { privateKey, jwk: await exportJWK(publicKey) };
}

type Key = Awaited<ReturnType<typeof newKey>>;

async function sign(key: Key, header: Record<string, unknown>, payload: unknown = {}): Promise<string> {
  const signer = new FlattenedSign(Buffer.from(JSON.stringify(payload)));
  const jws = await signer.setProtectedHeader({ alg: 'ES256', jwk: key.jwk, ...header }).sign(key.privateKey);
  return JSON.stringify(jws);
}

const urn = (type: string) => `urn:ietf:params:acme:error:${type}`;

test('refuses a nonce that is used again or unknown, and gives a fresh one', async () => {
  const ca = await startCa();
  const url = `${ca.url}/acme/services/new-account`;
  const key = await newKey();
  const body = await sign(key, { url, nonce: await freshNonce(ca) }, { onlyReturnExisting: true });
  expect(await send(ca, url, { body })).toMatchObject({ body: { type: urn('accountDoesNotExist') } });
  const again = await send(ca, url, { body });
  expect(again).toMatchObject({ status: 400, body: { type: urn('badNonce') } });
  const retry = await sign(key, { url, nonce: again.headers['replay-nonce'] }, { onlyReturnExisting: true });
  expect(await send(ca, url, { body: retry })).toMatchObject({ body: { type: urn('accountDoesNotExist') } });
});

test('refuses requests that are not signed as RFC 8555 section 6 says', async () => {
  const ca = await startCa();
  const url = `${ca.url}/acme/services/new-account`;
  const key = await newKey();
  const refusal = async (header: Record<string, unknown>, signer = key) => {
    const body = await sign(signer, { url, nonce: await freshNonce(ca), ...header });
    const { status, body: problem } = await send(ca, url, { body });
    return [status, problem.type];
  };
  expect(await refusal({ url: `${ca.url}/acme/services/new-order` })).toEqual([403, urn('unauthorized')]);
  expect(await refusal({ kid: 'both' })).toEqual([400, urn('malformed')]);
  expect(await refusal({ jwk: undefined })).toEqual([400, urn('malformed')]);
  expect(await refusal({ jwk: undefined, kid: `${ca.url}/acme/services/account/x` })).toEqual([
    400,
    urn('accountDoesNotExist'),
  ]);
  expect(await refusal({ jwk: (await newKey()).jwk })).toEqual([400, urn('malformed')]);
  const small: JWK = { kty: 'oct', k: 'AAAA' };
  expect(await refusal({ jwk: small })).toEqual([400, urn('badPublicKey')]);
});

test('names the algorithms it takes when it refuses one', async () => {
  const ca = await startCa();
  const url = `${ca.url}/acme/services/new-account`;
  const header = Buffer.from(
    JSON.stringify({ alg: 'none', url, nonce: await freshNonce(ca), jwk: (await newKey()).jwk }),
  );
  const body = JSON.stringify({ protected: header.toString('base64url'), payload: '', signature: '' });
  expect(await send(ca, url, { body })).toMatchObject({
    status: 400,
    body: { type: urn('badSignatureAlgorithm'), algorithms: ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'] },
  });
});

test('answers 415 to another content type, 405 to GET, 404 to an unknown path', async () => {
  const ca = await startCa();
  const url = `${ca.url}/acme/services/new-order`;
  expect(await send(ca, url, { type: 'application/json' })).toMatchObject({ status: 415 });
  expect(await send(ca, url, { method: 'GET' })).toMatchObject({ status: 405 });
  expect(await send(ca, `${ca.url}/acme/other/directory`, { method: 'GET' })).toMatchObject({ status: 404 });
});

test('gives binding keys only to accounts with a valid token that are not guests', async () => {
  const ca = await startCa();
  const url = `${ca.url}/v1/acme/services/eab`;
  expect(await send(ca, url)).toMatchObject({ status: 401 });
  expect(await send(ca, url, { token: 'wrong' })).toMatchObject({ status: 401 });
  expect(await send(ca, url, { token: 'guest' })).toMatchObject({ status: 403 });
  expect((await fetchEab(ca)).hmacKey).toHaveLength(43);
});

test('publishes the root, the chain and each issuer', async () => {
  const ca = await startCa();
  const get = async (path: string) =>
    (await send(ca, `${ca.url}/v1/pki/${path}`, { method: 'GET' })).body.text;
  const issuer = await get('services/issuer/services');
  expect(await get('services/ca')).toBe(ca.root);
  expect(await get('services/ca/chain')).toBe(`${String(issuer)}${ca.root}`);
  expect(await send(ca, `${ca.url}/v1/pki/nobody/ca`, { method: 'GET' })).toMatchObject({ status: 404 });
  expect(await send(ca, `${ca.url}/v1/health`, { method: 'GET' })).toMatchObject({ body: { status: 'ok' } });
});
