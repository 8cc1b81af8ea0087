import { expect, test } from 'vitest';
import { messageWithCauses, connectionFailure } from './errors.ts';

test('says each cause once', () => {
  const error = new Error('deploy web', {
    cause: new Error('lease ports', { cause: new Error('lease ports') }),
  });
  expect(messageWithCauses(error)).toBe('deploy web: lease ports');
});

test('names every address that was tried', () => {
  const failed = new AggregateError([
    new Error('connect ECONNREFUSED ::1'),
    new Error('connect ECONNREFUSED 127.0.0.1'),
  ]);
  expect(messageWithCauses(failed)).toBe('connect ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1');
});

test.each([
  [
    'No connection established. Last error: Error: connect ENOENT /run/x.sock. Resolution note: ',
    'connect ENOENT /run/x.sock',
  ],
  [
    'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1',
    'connect ECONNREFUSED 127.0.0.1:1',
  ],
  ['the proxy is down', undefined],
])('of what grpc-js says of a connection, %j, keeps the reason', (details, reason) => {
  expect(connectionFailure(details)).toBe(reason);
});
