import { readFileSync } from 'node:fs';
import { ChannelCredentials } from '@grpc/grpc-js';
import {
  createChannel,
  createClientFactory,
  Metadata,
  type ClientMiddleware,
  type CompatServiceDefinition,
} from 'nice-grpc';
import { ClientError, Status, type CallOptions } from 'nice-grpc-common';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { grpcTarget, parseAddress } from './address.ts';
import { ServiceError } from './errors.ts';

const DEFAULT_DEADLINE_MS = 10_000;
/** Streams end when their call does, not after a default time. */
const MAX_RECONNECT_BACKOFF_MS = 1000;

/** Where a daemon is and how to prove who calls. */
export interface Endpoint {
  /** "unix:/path" or "host:port". */
  address: string;
  /** TCP only: PEM file of the CA to trust. */
  ca_cert?: string | undefined;
  /** TCP only: file with the bearer token. */
  token_path?: string | undefined;
}

export type DeadlineOption = { deadline?: Date | number };

/**
 * Opens a channel; nothing connects before the first call. Unary calls get a deadline of
 * 10 s unless the call sets its own. `close()` it when done.
 */
export function openChannel(endpoint: Endpoint) {
  const address = parseAddress(endpoint.address);
  const credentials =
    address.kind === 'unix'
      ? ChannelCredentials.createInsecure()
      : ChannelCredentials.createSsl(endpoint.ca_cert === undefined ? null : readFileSync(endpoint.ca_cert));
  const channel = createChannel(grpcTarget(address), credentials, {
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_BACKOFF_MS,
    'grpc.initial_reconnect_backoff_ms': 100,
    ...(address.kind === 'unix' ? { 'grpc.default_authority': 'localhost' } : {}),
  });
  const factory = createClientFactory()
    .use(deadlineMiddleware)
    .use(defaultDeadline)
    .use(bearerToken(endpoint.token_path));
  return {
    client: <Definition extends CompatServiceDefinition>(definition: Definition) =>
      factory.create(definition, channel),
    close: () => channel.close(),
  };
}

export type Channel = ReturnType<typeof openChannel>;

const defaultDeadline: ClientMiddleware<DeadlineOption, DeadlineOption> = async function* (call, options) {
  if (call.responseStream || options.deadline !== undefined) return yield* call.next(call.request, options);
  return yield* call.next(call.request, { ...options, deadline: DEFAULT_DEADLINE_MS });
};

function bearerToken(path: string | undefined): ClientMiddleware {
  return async function* (call, options: CallOptions) {
    if (path === undefined) return yield* call.next(call.request, options);
    const metadata = Metadata(options.metadata).set('authorization', `Bearer ${readToken(path)}`);
    return yield* call.next(call.request, { ...options, metadata });
  };
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ServiceError('unauthenticated', `read token file ${path}`, { cause });
  }
}

/** True when the peer could not be reached or did not answer in time: the same call may work later. */
function isUnreachable(error: unknown): boolean {
  return (
    error instanceof ClientError &&
    (error.code === Status.UNAVAILABLE || error.code === Status.DEADLINE_EXCEEDED)
  );
}

/** True when a peer says that what was named is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClientError && error.code === Status.NOT_FOUND;
}

/**
 * Wraps an error of a peer's RPC for our own caller: an unreachable peer is unavailable, a
 * refusal is failed_precondition (a peer's not_found is not ours). Other errors pass.
 */
export function fromPeer(peer: string, doing: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ClientError)) throw error;
    const code = isUnreachable(error) ? 'unavailable' : peerCode(error.code);
    throw new ServiceError(code, `${peer}: ${doing}`, { cause: error });
  };
}

function peerCode(status: Status) {
  switch (status) {
    case Status.ALREADY_EXISTS:
      return 'already_exists';
    case Status.RESOURCE_EXHAUSTED:
      return 'resource_exhausted';
    case Status.UNAUTHENTICATED:
    case Status.PERMISSION_DENIED:
      return 'permission_denied';
    default:
      return 'failed_precondition';
  }
}
