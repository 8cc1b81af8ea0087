import { createPublicKey, X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as acme from 'acme-client';
import { expect, test } from 'vitest';
import { csrFor, dns, DOMAIN, fetchEab, registeredClient, startCa } from '../test-ca.ts';

const NAME = `demo.${DOMAIN}`;

test('issues a chain for a granted name, without a challenge, that openssl verifies to the root', async () => {
  const ca = await startCa();
  const { client } = await registeredClient(ca);
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  expect(order).toMatchObject({ status: 'ready', identifiers: [dns(NAME)] });
  expect(await client.getAuthorizations(order)).toMatchObject([{ status: 'valid', identifier: dns(NAME) }]);
  const chain = await client.getCertificate(await client.finalizeOrder(order, await csrFor(NAME)));

  const [leaf, issuer, ...others] = acme.crypto.splitPemChain(chain);
  expect(others).toEqual([]);
  const certificate = new X509Certificate(leaf!);
  expect(certificate.subjectAltName).toBe(`DNS:${NAME}`);
  expect(certificate.checkIssued(new X509Certificate(issuer!))).toBe(true);
  expect(certificate.validToDate.getTime() - certificate.validFromDate.getTime()).toBe(90 * 86_400_000);
  for (const [file, pem] of Object.entries({ leaf, issuer, root: ca.root }))
    writeFileSync(join(ca.folder, file), pem!);
  const verified = execFileSync(
    'openssl',
    ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'root', '-untrusted', 'issuer', 'leaf'],
    { cwd: ca.folder, encoding: 'utf8' },
  );
  expect(verified).toBe('leaf: OK\n');
});

test('goes on with an order, an account and its key after a restart', async () => {
  const first = await startCa();
  const { client, accountKey } = await registeredClient(first);
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  await first.close();

  const second = await startCa({ folder: first.folder, port: first.port });
  expect(second.root).toBe(first.root);
  const done = await client.finalizeOrder(order, await csrFor(NAME));
  expect(done.status).toBe('valid');
  expect(await client.getCertificate(done)).toContain('BEGIN CERTIFICATE');
  const again = new acme.Client({ directoryUrl: second.directoryUrl, accountKey });
  await again.createAccount({ onlyReturnExisting: true });
  expect(again.getAccountUrl()).toBe(client.getAccountUrl());
});

test.each([
  [[dns('demo.example.com')], 'demo.example.com: no policy grants it to mcp-agent'],
  [[dns(DOMAIN)], `${DOMAIN}: no policy grants it to mcp-agent`],
  [[dns(`*.${DOMAIN}`)], `*.${DOMAIN}: wildcards are not issued; order each name by itself`],
  [[dns('127.0.0.1')], '127.0.0.1: IP addresses are not issued'],
  [[dns(`under_score.${DOMAIN}`)], `under_score.${DOMAIN}: it is not a DNS name`],
  [[{ type: 'ip', value: '127.0.0.1' }], 'identifiers of type ip are not issued'],
  [[dns(NAME), dns('evil.example')], 'evil.example: no policy grants it to mcp-agent'],
])('refuses an order for %j', async (identifiers, message) => {
  const { client } = await registeredClient(await startCa());
  await expect(client.createOrder({ identifiers })).rejects.toThrow(message);
});

test('refuses a certificate request for other names than the order', async () => {
  const { client } = await registeredClient(await startCa());
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  await expect(client.finalizeOrder(order, await csrFor(NAME, `other.${DOMAIN}`))).rejects.toThrow(
    `the CSR is for ${NAME}, other.${DOMAIN}, the order for ${NAME}`,
  );
  expect((await client.getOrder(order)).status).toBe('ready');
});

test('refuses a certificate request with the account key or a weak one', async () => {
  const { client, accountKey } = await registeredClient(await startCa());
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  const [, own] = await acme.crypto.createCsr({ altNames: [NAME] }, accountKey);
  await expect(client.finalizeOrder(order, own)).rejects.toThrow('the CSR has the account key');
  const [, weak] = await acme.crypto.createCsr(
    { altNames: [NAME] },
    await acme.crypto.createPrivateRsaKey(1024),
  );
  await expect(client.finalizeOrder(order, weak)).rejects.toThrow("the CSR's key is rsa 1024: use ECDSA");
});

test('issues one certificate per order, also when it is finalized twice at once', async () => {
  const ca = await startCa();
  const { client } = await registeredClient(ca);
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  const csr = await csrFor(NAME);
  const results = await Promise.allSettled([
    client.finalizeOrder(order, csr),
    client.finalizeOrder(order, csr),
  ]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(
    ca.database.prepare('SELECT count(*) FROM certificates WHERE account_id IS NOT NULL').pluck().get(),
  ).toBe(1);
});

test('refuses an order that has expired', async () => {
  let now = new Date();
  const { client } = await registeredClient(await startCa({ now: () => now }));
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  now = new Date(now.getTime() + 3_600_001);
  expect((await client.getOrder(order)).status).toBe('invalid');
  await expect(client.finalizeOrder(order, await csrFor(NAME))).rejects.toThrow('the order is invalid');
});

test('shows orders and certificates to no other account', async () => {
  const ca = await startCa();
  const { client } = await registeredClient(ca);
  const { client: other } = await registeredClient(ca);
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  await expect(other.getOrder(order)).rejects.toThrow('the order belongs to another account');
  const done = await client.finalizeOrder(order, await csrFor(NAME));
  await expect(other.getCertificate(done)).rejects.toThrow('the certificate belongs to another account');
});

test('revokes a certificate for the account that owns it, once, and for no other', async () => {
  const ca = await startCa();
  const { client } = await registeredClient(ca);
  const { client: other } = await registeredClient(ca);
  const order = await client.createOrder({ identifiers: [dns(NAME)] });
  const chain = await client.getCertificate(await client.finalizeOrder(order, await csrFor(NAME)));
  await expect(other.revokeCertificate(chain)).rejects.toThrow('only the account that owns the certificate');
  await client.revokeCertificate(chain, { reason: 4 });
  await expect(client.revokeCertificate(chain)).rejects.toThrow('was revoked before');
  const revoked = ca.database.prepare(
    'SELECT revocation_reason FROM certificates WHERE revoked_at IS NOT NULL',
  );
  expect(revoked.pluck().all()).toEqual([4]);
});

test('changes contacts, and refuses an account that was deactivated', async () => {
  const { client } = await registeredClient(await startCa());
  expect(await client.updateAccount({ contact: ['mailto:new@metacircular.net'] })).toMatchObject({
    contact: ['mailto:new@metacircular.net'],
  });
  await expect(client.updateAccount({ contact: ['tel:1'] })).rejects.toThrow('contact tel:1 is not mailto');
  expect(await client.updateAccount({ status: 'deactivated' })).toMatchObject({ status: 'deactivated' });
  await expect(client.createOrder({ identifiers: [dns(NAME)] })).rejects.toThrow(
    'the account was deactivated',
  );
});

test('registers only with a binding key that fits and was not used', async () => {
  const ca = await startCa();
  const register = async (externalAccountBinding?: { kid: string; hmacKey: string }) => {
    const accountKey = await acme.crypto.createPrivateEcdsaKey();
    const binding = externalAccountBinding === undefined ? {} : { externalAccountBinding };
    return new acme.Client({ directoryUrl: ca.directoryUrl, accountKey, ...binding }).createAccount();
  };
  const eab = await fetchEab(ca);
  await expect(register()).rejects.toThrow('this CA needs an external account binding');
  await expect(register({ ...eab, kid: 'unknown' })).rejects.toThrow('binding key unknown is not known');
  await expect(register({ ...eab, hmacKey: 'AAAA' })).rejects.toThrow(
    `the binding does not fit key ${eab.kid}`,
  );
  expect(await register(eab)).toMatchObject({ status: 'valid' });
  await expect(register(eab)).rejects.toThrow('was used by another account');
});

test('keeps no private or binding key in the clear', async () => {
  const ca = await startCa();
  const { hmacKey } = await fetchEab(ca);
  const sealed = ca.database.prepare<[], Buffer>(
    `SELECT sealed_key FROM authorities UNION ALL SELECT sealed_key FROM eab_keys`,
  );
  const rows = sealed.pluck().all();
  expect(rows).toHaveLength(5);
  for (const row of rows) {
    expect(row.includes(Buffer.from(hmacKey, 'base64url'))).toBe(false);
    expect(() => createPublicKey({ key: row, format: 'der', type: 'spki' })).toThrow();
    expect(row.includes(Buffer.from('2a8648ce3d0201', 'hex'))).toBe(false);
  }
});
