import { ClientError, Status } from 'nice-grpc-common';
import { expect, test } from 'vitest';
import { explainAgentError } from './agent-error.ts';

const asked = { node: 'rift', address: '10.0.0.1:9444', doing: 'deploy demo' };

test.each([
  [Status.UNAVAILABLE, 'podman does not answer', 3, 'node rift: deploy demo: podman does not answer'],
  [
    Status.UNAVAILABLE,
    'No connection established. Last error: Error: unable to verify the first certificate. Resolution note: ',
    3,
    "node rift: agent at 10.0.0.1:9444 does not answer: unable to verify the first certificate; check the node's ca_cert in mcp.toml",
  ],
  [
    Status.DEADLINE_EXCEEDED,
    '',
    3,
    'node rift: agent at 10.0.0.1:9444 did not answer in time (deploy demo); is the node up and the address right?',
  ],
  [
    Status.UNAUTHENTICATED,
    'a bearer token is required over TCP',
    3,
    'node rift refuses to deploy demo: a bearer token is required over TCP; check [auth] token_path in mcp.toml',
  ],
  [
    Status.PERMISSION_DENIED,
    'kim is guest',
    3,
    'node rift refuses to deploy demo: kim is guest; check [auth] token_path in mcp.toml',
  ],
  [Status.INVALID_ARGUMENT, 'spec needs a name', 2, 'node rift: deploy demo: spec needs a name'],
  [Status.ABORTED, 'op-1 is running', 1, 'node rift: deploy demo: op-1 is running'],
])('explains %i "%s" with exit code %i', (status, details, exitCode, message) => {
  expect(explainAgentError(new ClientError('/x/Deploy', status, details), asked)).toMatchObject({
    exitCode,
    message,
  });
});

test('leaves an error that is a bug as it is', () => {
  const bug = new TypeError('x is undefined');
  expect(explainAgentError(bug, asked)).toBe(bug);
});
