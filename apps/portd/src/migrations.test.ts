import { openDatabase } from '@mcp/daemon/sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from './migrations.ts';
import { createStore } from './store.ts';

test('keeps the leases of a file from before slots had a generation, as generation 0', () => {
  const database = openDatabase(':memory:', migrations.slice(0, 1));
  onTestFinished(() => void database.close());
  database.exec(`INSERT INTO leases (port, owner, component, route, created_at)
                 VALUES (20001, 'rift/demo', 'api', 'rest', 5000), (20002, 'rift/web', 'web', '', 6000)`);
  for (const sql of migrations.slice(1)) database.exec(sql);

  const store = createStore(database);
  const demo = { owner: 'rift/demo', component: 'api', route: 'rest', generation: 0n, port: 20_001 };
  const web = { owner: 'rift/web', component: 'web', route: '', generation: 0n, port: 20_002 };
  expect(store.list('')).toEqual([
    { ...demo, createdAt: new Date(5000) },
    { ...web, createdAt: new Date(6000) },
  ]);
  store.replace('rift/demo', [demo, { ...demo, generation: 7n, port: 20_003 }], new Date(7000));
  expect(store.list('rift/demo')).toEqual([
    { ...demo, createdAt: new Date(5000) },
    { ...demo, generation: 7n, port: 20_003, createdAt: new Date(7000) },
  ]);
});
