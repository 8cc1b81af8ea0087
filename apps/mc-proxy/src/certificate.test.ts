import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, test } from 'vitest';
import { parseCopy, readCertificate } from './certificate.ts';
import { createTestCa, type TestCa } from './test-certificate.ts';

const now = new Date();
const DAY_MS = 86_400_000;

interface Files {
  certificatePath: string;
  keyPath: string;
}

async function setUp() {
  const directory = temporaryDirectory();
  return { directory, ca: await createTestCa(directory) };
}

test('reads a full chain and its key into one text', async () => {
  const { ca } = await setUp();
  const files = await ca.issue('web', 'web.test');
  const certificate = await readCertificate({ hostname: 'web.test', ...files, now });
  expect(certificate.pem.match(/BEGIN (CERTIFICATE|PRIVATE KEY)/g)).toEqual([
    'BEGIN CERTIFICATE',
    'BEGIN CERTIFICATE',
    'BEGIN PRIVATE KEY',
  ]);
  expect(certificate.pem).not.toContain('\n\n');
  expect(parseCopy(certificate.pem, 'copy')).toEqual(certificate);
});

const refusals: [why: string, arrange: (ca: TestCa, directory: string) => Promise<Files>, message: string][] =
  [
    [
      'a certificate that is not there',
      async (ca, directory) => ({
        ...(await ca.issue('web', 'web.test')),
        certificatePath: join(directory, 'none.pem'),
      }),
      'certificate <dir>/none.pem is not there',
    ],
    [
      'a certificate that cannot be read',
      async (ca, directory) => {
        mkdirSync(join(directory, 'folder'));
        return { ...(await ca.issue('web', 'web.test')), certificatePath: join(directory, 'folder') };
      },
      'certificate <dir>/folder cannot be read (EISDIR)',
    ],
    [
      'text that is no certificate',
      async (ca) => {
        const files = await ca.issue('web', 'web.test');
        writeFileSync(files.certificatePath, 'hello');
        return files;
      },
      '<dir>/web.pem has no PEM certificate in it',
    ],
    [
      'a damaged certificate',
      async (ca) => {
        const files = await ca.issue('web', 'web.test');
        writeFileSync(
          files.certificatePath,
          '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
        );
        return files;
      },
      '<dir>/web.pem has an unreadable certificate at place 1',
    ],
    [
      'an expired certificate',
      (ca) =>
        ca.issue('web', 'web.test', { notAfter: new Date('2026-01-02T03:04:05Z'), notBefore: new Date(0) }),
      '<dir>/web.pem has an expired certificate (since 2026-01-02T03:04:05.000Z)',
    ],
    [
      'a certificate of the future',
      (ca) =>
        ca.issue('web', 'web.test', {
          notBefore: new Date('2096-01-02T03:04:05Z'),
          notAfter: new Date('2097-01-02T03:04:05Z'),
        }),
      '<dir>/web.pem has a certificate that is not yet valid (from 2096-01-02T03:04:05.000Z)',
    ],
    [
      'a certificate for another host',
      (ca) => ca.issue('web', 'other.test'),
      '<dir>/web.pem is not for web.test: it names DNS:other.test',
    ],
    [
      'a key that is not there',
      async (ca, directory) => ({
        ...(await ca.issue('web', 'web.test')),
        keyPath: join(directory, 'none.key'),
      }),
      'private key <dir>/none.key is not there',
    ],
    [
      'a key file without a key',
      async (ca) => {
        const files = await ca.issue('web', 'web.test');
        return { ...files, keyPath: files.certificatePath };
      },
      '<dir>/web.pem has no PEM private key in it',
    ],
    [
      'the key of another certificate',
      async (ca) => ({
        ...(await ca.issue('web', 'web.test')),
        keyPath: (await ca.issue('other', 'web.test')).keyPath,
      }),
      '<dir>/other.key is not the key of the certificate in <dir>/web.pem',
    ],
    [
      'a leaf without its intermediates',
      async (ca) => {
        const files = await ca.issue('web', 'web.test');
        writeFileSync(files.certificatePath, files.leaf);
        return files;
      },
      '<dir>/web.pem has only the leaf, issued by "CN=Test Intermediate"; add the intermediate certificates',
    ],
    [
      'a chain that starts with the intermediate',
      async (ca) => {
        const files = await ca.issue('web', 'web.test');
        writeFileSync(files.certificatePath, `${ca.intermediate}\n${files.leaf}`);
        return files;
      },
      '<dir>/web.pem starts with the CA "CN=Test Intermediate"; the leaf must come first',
    ],
    [
      'a chain with the root before the intermediate',
      async (ca) => {
        const files = await ca.issue('web', 'web.test');
        writeFileSync(files.certificatePath, `${files.leaf}\n${ca.root}\n${ca.intermediate}`);
        return files;
      },
      '<dir>/web.pem is out of order: "" was issued by "CN=Test Intermediate", but "CN=Test Root" comes next',
    ],
  ];

test.each(refusals)('refuses %s', async (_why, arrange, message) => {
  const { directory, ca } = await setUp();
  const files = await arrange(ca, directory);
  const error: unknown = await readCertificate({ hostname: 'web.test', ...files, now }).catch(
    (cause: unknown) => cause,
  );
  expect(error).toMatchObject({
    code: 'failed_precondition',
    message: message.replaceAll('<dir>', directory),
  });
});

test('accepts a chain that ends with the root', async () => {
  const { ca } = await setUp();
  const files = await ca.issue('web', 'web.test');
  writeFileSync(files.certificatePath, `${readFileSync(files.certificatePath, 'utf8')}\n${ca.root}`);
  await expect(readCertificate({ hostname: 'web.test', ...files, now })).resolves.toBeDefined();
});

test('refuses a chain whose intermediate has expired', async () => {
  const { ca } = await setUp();
  const files = await ca.issue('web', 'web.test', { notAfter: new Date(now.getTime() + 90 * DAY_MS) });
  const later = new Date(now.getTime() + 60 * DAY_MS);
  await expect(readCertificate({ hostname: 'web.test', ...files, now: later })).rejects.toThrow(
    'has an expired intermediate "CN=Test Intermediate"',
  );
});
