import { connectionFailure, messageWithCauses, ServiceError } from '@mcp/daemon/errors';
import { ClientError, Status } from 'nice-grpc-common';
import { CommandError } from './exit.ts';

/** Who was asked for what, for the message. */
export interface Asked {
  node: string;
  address: string;
  /** What the agent was asked to do: "deploy exampled". */
  doing: string;
}

/** What an error of an agent's RPC means to the operator. Errors that are not of gRPC pass unchanged. */
export function explainAgentError(error: unknown, { node, address, doing }: Asked): unknown {
  const details = { node };
  if (error instanceof ServiceError) {
    return new CommandError('unreachable', error.code, `node ${node}: ${messageWithCauses(error)}`, {
      cause: error,
      details,
    });
  }
  if (!(error instanceof ClientError)) return error;
  const code = (Status[error.code] ?? 'UNKNOWN').toLowerCase();
  const options = { cause: error, details };
  switch (error.code) {
    case Status.UNAVAILABLE: {
      const refusal = connectionFailure(error.details);
      const message =
        refusal === undefined
          ? `node ${node}: ${doing}: ${error.details}`
          : `node ${node}: agent at ${address} does not answer: ${refusal}; ${hintFor(refusal)}`;
      return new CommandError('unreachable', code, message, options);
    }
    case Status.DEADLINE_EXCEEDED:
      return new CommandError(
        'unreachable',
        code,
        `node ${node}: agent at ${address} did not answer in time (${doing}); is the node up and the address right?`,
        options,
      );
    case Status.UNAUTHENTICATED:
    case Status.PERMISSION_DENIED:
      return new CommandError(
        'unreachable',
        code,
        `node ${node} refuses to ${doing}: ${error.details}; check [auth] token_path in mcp.toml`,
        options,
      );
    case Status.UNIMPLEMENTED:
      return new CommandError(
        'failed',
        code,
        `node ${node} runs an agent that is too old to ${doing}: upgrade mcp-agent there`,
        options,
      );
    case Status.INVALID_ARGUMENT:
      return new CommandError('usage', code, `node ${node}: ${doing}: ${error.details}`, options);
    default:
      return new CommandError('failed', code, `node ${node}: ${doing}: ${error.details}`, options);
  }
}

function hintFor(refusal: string): string {
  const isTls = /certificate|SSL|TLS|altname/i.test(refusal);
  return isTls ? "check the node's ca_cert in mcp.toml" : 'is mcp-agent running?';
}
