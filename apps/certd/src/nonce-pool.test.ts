import { expect, test } from 'vitest';
import { createNoncePool } from './nonce-pool.ts';

test('gives each nonce once, the newest first, and only to its CA', () => {
  const pool = createNoncePool();
  pool.add('https://a.example/order', 'one');
  pool.add('https://a.example/finalize', 'two');
  expect(pool.take('https://b.example/new-nonce')).toBeUndefined();
  expect(pool.take('https://a.example/new-nonce')).toBe('two');
  expect(pool.take('https://a.example/new-nonce')).toBe('one');
  expect(pool.take('https://a.example/new-nonce')).toBeUndefined();
});

test('forgets the nonces of a CA that refused one', () => {
  const pool = createNoncePool();
  pool.add('https://a.example/order', 'one');
  pool.clear('https://a.example/order');
  expect(pool.take('https://a.example/new-nonce')).toBeUndefined();
});
