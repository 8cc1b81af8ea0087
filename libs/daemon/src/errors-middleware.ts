import type { Logger } from 'pino';
import { ServerError, Status, type ServerMiddleware } from 'nice-grpc-common';
import { errorStatus, messageWithCauses, ServiceError } from './errors.ts';

/** Turns a ServiceError into its gRPC status and everything else into INTERNAL, logged once with its stack. */
export function errorsMiddleware(log: Logger): ServerMiddleware {
  return async function* mapErrors(call, context) {
    try {
      return yield* call.next(call.request, context);
    } catch (error) {
      if (error instanceof ServerError) throw error;
      if (error instanceof ServiceError) throw await toServerError(error);
      if (context.signal.aborted) throw new ServerError(Status.CANCELLED, 'the call was cancelled');
      log.error({ err: error, method: call.method.path, peer: context.peer }, 'call failed');
      throw new ServerError(Status.INTERNAL, 'internal error, see the daemon log');
    }
  };
}

async function toServerError(error: ServiceError): Promise<ServerError> {
  const metadata = Object.fromEntries(
    Object.entries(error.details).filter(([, value]) => value !== undefined),
  );
  const message = messageWithCauses(error);
  if (Object.keys(metadata).length === 0) return new ServerError(errorStatus[error.code], message);
  // Loaded when first needed: most daemons never send details, and each pays for what it loads.
  // Of a CommonJS module a bundle keeps the default export alone.
  const { RichServerError, ErrorInfo } = (await import('nice-grpc-error-details')).default;
  const info = ErrorInfo.fromPartial({ reason: error.code.toUpperCase(), domain: 'mcp', metadata });
  return new RichServerError(errorStatus[error.code], message, [info]);
}
