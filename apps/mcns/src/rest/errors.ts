import type { ErrorHandler } from 'hono';
import { messageWithCauses, ServiceError, type ErrorCode } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';

const statusByCode = {
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  failed_precondition: 409,
  aborted: 409,
  resource_exhausted: 429,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

/** Answers `{"error": "..."}`: a ServiceError with its status, everything else with 500, logged with its stack. */
export function errorResponse(log: Logger): ErrorHandler {
  return (error, context) => {
    if (error instanceof ServiceError) {
      if (error.code === 'unauthenticated') context.header('WWW-Authenticate', 'Bearer');
      return context.json({ error: messageWithCauses(error) }, statusByCode[error.code]);
    }
    log.error({ err: error, method: context.req.method, path: context.req.path }, 'request failed');
    return context.json({ error: 'internal error, see the daemon log' }, 500);
  };
}
