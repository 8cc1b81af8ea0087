import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetUnfinished } from './certificates.ts';
import { startCertd } from './test-certd.ts';
import { freePort } from '@mcp/testing/free-port';
import { startMetacrypt, type Metacrypt } from './test-metacrypt.ts';

const DOMAIN = 'svc.mcp.metacircular.net';
const NAME = `demo.${DOMAIN}`;
const OWNER = 'rift/demo';
const DAY_MS = 86_400_000;

let ca: Metacrypt;
beforeAll(async () => {
  ca = await startMetacrypt();
}, 30_000);
afterAll(() => ca.remove());

test('writes a chain that verifies against the root, and a key that only its owner reads', async () => {
  const { certd, folder } = await startCertd([ca.issuer]);
  const { certificates } = await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  const [certificate] = certificates;
  expect(certificate).toMatchObject({
    owner: OWNER,
    hostname: NAME,
    issuer: 'Metacrypt services',
    certificatePath: `${folder}/demo.pem`,
    keyPath: `${folder}/demo.key`,
    newlyIssued: true,
    lastError: '',
  });
  expect(statSync(folder).mode & 0o777).toBe(0o750);
  expect(statSync(`${folder}/demo.key`).mode & 0o777).toBe(0o600);
  const verified = execFileSync(
    'openssl',
    [
      ...['verify', '-verify_hostname', NAME, '-CAfile', `${ca.folder}/root.pem`],
      ...['-untrusted', `${folder}/demo.pem`, `${folder}/demo.pem`],
    ],
    { encoding: 'utf8' },
  );
  expect(verified).toBe(`${folder}/demo.pem: OK\n`);
  const leafKey = execFileSync('openssl', ['x509', '-in', `${folder}/demo.pem`, '-noout', '-pubkey']);
  expect(execFileSync('openssl', ['pkey', '-in', `${folder}/demo.key`, '-pubout'])).toEqual(leafKey);
  expect(readdirSync(folder).sort()).toEqual(['demo.key', 'demo.pem']);
});

test('answers the second call at once, with the same certificate', async () => {
  const { certd } = await startCertd([ca.issuer]);
  const first = await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  const second = await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME.toUpperCase()] });
  expect(second.certificates).toEqual([{ ...first.certificates[0], newlyIssued: false }]);
  expect((await certd.listCertificates({ owner: '' })).certificates).toEqual(second.certificates);
});

test('orders several at once, in the order asked for, and releases what is no longer named', async () => {
  const { certd, folder } = await startCertd([ca.issuer]);
  const names = [`b.${DOMAIN}`, NAME, `a.${DOMAIN}`];
  const { certificates } = await certd.ensureCertificates({ owner: OWNER, hostnames: names });
  expect(certificates.map(({ hostname }) => hostname)).toEqual(names);
  await certd.ensureCertificates({ owner: OWNER, hostnames: [`a.${DOMAIN}`] });
  expect(readdirSync(folder).sort()).toEqual([`a.${DOMAIN}.key`, `a.${DOMAIN}.pem`]);
});

test('removes files and rows on release; an unknown owner is fine', async () => {
  const { certd, folder } = await startCertd([ca.issuer]);
  await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  await certd.releaseCertificates({ owner: OWNER });
  await certd.releaseCertificates({ owner: OWNER });
  expect(readdirSync(folder)).toEqual([]);
  expect((await certd.listCertificates({ owner: '' })).certificates).toEqual([]);
});

test('leaves nothing of a call in which the CA refuses one name', async () => {
  const { certd, folder } = await startCertd([{ ...ca.issuer, domains: [DOMAIN, 'refused.example'] }]);
  await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  const before = await certd.listCertificates({ owner: '' });
  await expect(
    certd.ensureCertificates({ owner: OWNER, hostnames: [NAME, `new.${DOMAIN}`, 'a.refused.example'] }),
  ).rejects.toThrow(
    'FAILED_PRECONDITION: issuer metacrypt: order a.refused.example: the CA refuses: ' +
      'a.refused.example: no policy grants it to mcp-agent (rejectedIdentifier)',
  );
  expect(await certd.listCertificates({ owner: '' })).toEqual(before);
  expect(readdirSync(folder).sort()).toEqual(['demo.key', 'demo.pem']);
  const { certificates } = await certd.ensureCertificates({
    owner: 'rift/web',
    hostnames: [`new.${DOMAIN}`],
  });
  expect(certificates).toHaveLength(1);
});

test('is unavailable when the CA is down, leaves nothing, and works when it is back', async () => {
  const own = await startMetacrypt();
  try {
    const { certd, folder } = await startCertd([own.issuer]);
    await own.stop();
    const ensure = () => certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
    await expect(ensure()).rejects.toThrow(
      `UNAVAILABLE: issuer metacrypt: order ${NAME}: ${own.issuer.directory_url} cannot be reached; ` +
        'check that the CA runs and the URL is right: connect ECONNREFUSED',
    );
    expect(existsSync(folder)).toBe(false);
    expect((await certd.listCertificates({ owner: '' })).certificates).toEqual([]);
    await own.start();
    expect((await ensure()).certificates[0]?.newlyIssued).toBe(true);
  } finally {
    await own.remove();
  }
}, 30_000);

test('makes a new account when the CA does not know it any more', async () => {
  const own = await startMetacrypt();
  try {
    const { certd } = await startCertd([own.issuer]);
    await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
    await own.stop();
    const database = `${own.folder}/metacrypt.db`;
    execFileSync(process.execPath, [
      '-e',
      `const D = require('better-sqlite3'); const d = new D(process.argv[1]);
       d.exec('PRAGMA foreign_keys = OFF; DELETE FROM accounts')`,
      database,
    ]);
    await own.start();
    const { certificates } = await certd.ensureCertificates({ owner: OWNER, hostnames: [`x.${DOMAIN}`] });
    expect(certificates[0]?.newlyIssued).toBe(true);
  } finally {
    await own.remove();
  }
}, 30_000);

test('says what to check when the CA is not trusted', async () => {
  const other = await startMetacrypt();
  try {
    const { certd } = await startCertd([{ ...ca.issuer, ca_cert: `${other.folder}/root.pem` }]);
    await expect(certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] })).rejects.toThrow(
      `UNAVAILABLE: issuer metacrypt: order ${NAME}: the TLS certificate of ${ca.issuer.directory_url} ` +
        'is not trusted; check ca_cert of the issuer',
    );
  } finally {
    await other.remove();
  }
}, 30_000);

test('says that the token is wrong', async () => {
  const { certd } = await startCertd([{ ...ca.issuer, token_path: `${ca.folder}/root.pem` }]);
  await expect(certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] })).rejects.toThrow(
    `FAILED_PRECONDITION: issuer metacrypt: order ${NAME}: the CA refuses: a valid bearer token is required`,
  );
});

test('writes files again that were removed, altered or opened to others', async () => {
  const { certd, folder, sync } = await startCertd([ca.issuer]);
  const ensure = () => certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  const { certificates } = await ensure();
  const chain = readFileSync(`${folder}/demo.pem`, 'utf8');
  rmSync(`${folder}/demo.key`);
  expect((await ensure()).certificates).toEqual([{ ...certificates[0], newlyIssued: false }]);
  expect(existsSync(`${folder}/demo.key`)).toBe(true);
  writeFileSync(`${folder}/demo.pem`, 'altered');
  chmodSync(`${folder}/demo.key`, 0o644);
  await sync();
  expect(readFileSync(`${folder}/demo.pem`, 'utf8')).toBe(chain);
  expect(statSync(`${folder}/demo.key`).mode & 0o777).toBe(0o600);
});

test('renews what is due, tells who watches, and leaves the rest alone', async () => {
  const { certd, folder, clock, sync } = await startCertd([ca.issuer]);
  const { certificates } = await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  const before = readFileSync(`${folder}/demo.pem`, 'utf8');
  const watching = new AbortController();
  const next = certd.watchCertificates({}, { signal: watching.signal })[Symbol.asyncIterator]().next();
  await delay(100);
  clock.offsetMs = 55 * DAY_MS;
  await sync();
  expect(readFileSync(`${folder}/demo.pem`, 'utf8')).toBe(before);
  clock.offsetMs = 61 * DAY_MS;
  await sync();
  expect(readFileSync(`${folder}/demo.pem`, 'utf8')).not.toBe(before);
  const { certificate } = (await next).value;
  expect(certificate).toMatchObject({ hostname: NAME, newlyIssued: true, lastError: '' });
  expect(certificate.serial).not.toBe(certificates[0]?.serial);
  watching.abort();
});

test('keeps the old certificate when a renewal fails, says why, and does not fail a deploy', async () => {
  const own = await startMetacrypt();
  try {
    const { certd, folder, clock, sync } = await startCertd([own.issuer]);
    const ensure = () => certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
    const { certificates } = await ensure();
    const before = readFileSync(`${folder}/demo.pem`, 'utf8');
    await own.stop();
    clock.offsetMs = 61 * DAY_MS;
    await sync();
    await expect(certd.renewCertificate({ hostname: NAME })).rejects.toThrow('UNAVAILABLE');
    expect(readFileSync(`${folder}/demo.pem`, 'utf8')).toBe(before);
    expect((await ensure()).certificates).toMatchObject([
      {
        serial: certificates[0]?.serial,
        newlyIssued: false,
        lastError: expect.stringContaining('cannot be reached'),
      },
    ]);
    clock.offsetMs = 91 * DAY_MS;
    await expect(ensure()).rejects.toThrow('UNAVAILABLE');
    await own.start();
    await sync();
    expect((await certd.listCertificates({ owner: OWNER })).certificates[0]?.lastError).toBe('');
  } finally {
    await own.remove();
  }
}, 30_000);

test('renews on demand, and only what it has', async () => {
  const { certd } = await startCertd([ca.issuer]);
  const { certificates } = await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  const { certificate } = await certd.renewCertificate({ hostname: NAME });
  expect(certificate?.serial).not.toBe(certificates[0]?.serial);
  await expect(certd.renewCertificate({ hostname: `x.${DOMAIN}` })).rejects.toThrow(
    `NOT_FOUND: there is no certificate for x.${DOMAIN}`,
  );
});

test('gives a hostname to one owner only, and files of one name to one hostname only', async () => {
  const granted = { ...ca.issuer, domains: [DOMAIN, 'granted.example'] };
  const { certd, folder } = await startCertd([granted]);
  await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  await expect(certd.ensureCertificates({ owner: 'deimos/demo', hostnames: [NAME] })).rejects.toThrow(
    `ALREADY_EXISTS: hostname ${NAME} belongs to ${OWNER}`,
  );
  const other = await certd.ensureCertificates({
    owner: 'deimos/demo',
    hostnames: ['demo.granted.example'],
  });
  expect(other.certificates[0]?.certificatePath).toBe(`${folder}/demo.granted.example.pem`);
});

test('forgets at start what a crash in the middle of an order left', async () => {
  const { certd, store, files } = await startCertd([ca.issuer]);
  store.claim('rift/web', [{ hostname: NAME, issuer: 'metacrypt', fileBases: [NAME] }], new Date());
  forgetUnfinished({ store, files });
  await certd.ensureCertificates({ owner: OWNER, hostnames: [NAME] });
  expect((await certd.listCertificates({ owner: '' })).certificates).toMatchObject([{ owner: OWNER }]);
});

test.each([
  ['demo', [NAME], 'owner must be "<node>/<service>", not "demo"'],
  [OWNER, [`*.${DOMAIN}`], `hostname *.${DOMAIN} is a wildcard: name each host`],
  [OWNER, ['127.0.0.1'], 'hostname 127.0.0.1 is an IP address'],
  [OWNER, [`${'a'.repeat(64)}.${DOMAIN}`], 'must be a DNS name of labels'],
  [OWNER, ['localhost'], 'hostname localhost must have a domain'],
  [OWNER, [NAME, NAME], `hostname ${NAME} is named twice`],
])('says what is wrong with %s %j', async (owner, hostnames, message) => {
  const { certd } = await startCertd([ca.issuer]);
  await expect(certd.ensureCertificates({ owner, hostnames })).rejects.toThrow(message);
});

test('says that no issuer is configured for a name', async () => {
  const { certd } = await startCertd([
    { ...ca.issuer, directory_url: `https://127.0.0.1:${await freePort()}/` },
  ]);
  await expect(
    certd.ensureCertificates({ owner: OWNER, hostnames: ['docs.metacircular.net'] }),
  ).rejects.toThrow('FAILED_PRECONDITION: no issuer is configured for docs.metacircular.net');
});
