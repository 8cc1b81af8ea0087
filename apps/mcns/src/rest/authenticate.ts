import type { MiddlewareHandler } from 'hono';
import type { Caller, TokenVerifier } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';

/** What every authenticated request finds in its context. */
export interface CallerVariables {
  Variables: { caller: Caller };
}

/** Puts the caller of a bearer token into the context. Throws unauthenticated. */
export function authenticate(verify: TokenVerifier): MiddlewareHandler<CallerVariables> {
  return async (context, next) => {
    const token = context.req.header('authorization')?.match(/^Bearer (\S+)$/i)?.[1];
    if (token === undefined) throw new ServiceError('unauthenticated', 'a bearer token is required');
    const caller = await verify(token);
    if (!caller) throw new ServiceError('unauthenticated', 'the bearer token is not valid');
    context.set('caller', caller);
    await next();
  };
}
