import { join } from 'node:path';
import { openDatabase } from '@mcp/daemon/sqlite';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from '../migrations.ts';
import { openAuthority } from './authority.ts';
import { issuerNames } from './issuers.ts';
import { createCaStore } from './store.ts';

const now = () => new Date();

function openStore(path: string) {
  const database = openDatabase(path, migrations);
  onTestFinished(() => void database.close());
  return createCaStore(database);
}

test('makes one CA when two starts meet on a new database', async () => {
  const path = join(temporaryDirectory(), 'm.db');
  const stores = [openStore(path), openStore(path)];
  const [first, second] = await Promise.all(
    stores.map((store) => openAuthority({ store, password: 'one', now })),
  );
  expect(first?.root).toBe(second?.root);
  for (const name of issuerNames) expect(first?.issuerPem(name)).toBe(second?.issuerPem(name));
});

test('opens with the password it was made with and no other', async () => {
  const store = openStore(':memory:');
  const { root } = await openAuthority({ store, password: 'one', now });
  expect((await openAuthority({ store, password: 'one', now })).root).toBe(root);
  await expect(openAuthority({ store, password: 'two', now })).rejects.toThrow(
    'the password in seal.password_file is not the one this database was sealed with',
  );
});
