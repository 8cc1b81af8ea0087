import { expect, test } from 'vitest';
import { CaRefusal, fromCa } from './ca-error.ts';

const issuer = { name: 'acme', directory_url: 'https://ca.example/directory' };
const caught = (error: unknown) => {
  try {
    return fromCa(issuer, 'order a.example')(error);
  } catch (thrown) {
    return thrown;
  }
};
const problem = (type: string) => ({ type: `urn:ietf:params:acme:error:${type}`, detail: 'because' });

test('says when a rate limit ends', () => {
  expect(caught(new CaRefusal(429, problem('rateLimited'), '3600'))).toMatchObject({
    code: 'resource_exhausted',
    message: 'issuer acme: order a.example: the CA limits the rate, try after 3600: because (rateLimited)',
  });
});

test("does not blame the caller for the CA's own trouble", () => {
  expect(caught(new CaRefusal(503, 'busy', undefined))).toMatchObject({
    code: 'unavailable',
    message: 'issuer acme: order a.example: https://ca.example/directory has a problem: HTTP status 503',
  });
});

test('keeps the words of an error without a code', () => {
  expect(caught(new Error('order is invalid'))).toMatchObject({
    code: 'failed_precondition',
    cause: { message: 'order is invalid' },
  });
});
