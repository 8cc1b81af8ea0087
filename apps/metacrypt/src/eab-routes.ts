import { Hono } from 'hono';
import { allows, type TokenVerifier } from '@mcp/daemon/access';
import { messageWithCauses, ServiceError } from '@mcp/daemon/errors';
import type { EabKeys } from './acme/eab.ts';

/** POST /:mount/eab: a bearer token for a key that binds one ACME account to the token's account. */
export function createEabRoutes({
  mount,
  eabKeys,
  verify,
}: {
  mount: string;
  eabKeys: EabKeys;
  verify: TokenVerifier;
}): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    if (!(error instanceof ServiceError) || error.code !== 'unavailable') throw error;
    return c.json({ error: messageWithCauses(error) }, 503);
  });
  app.post('/:mount/eab', async (c) => {
    if (c.req.param('mount') !== mount)
      return c.json({ error: `there is no ACME directory ${c.req.param('mount')}` }, 404);
    const token = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const caller = token === undefined ? undefined : await verify(token);
    if (!caller) return c.json({ error: 'a valid bearer token is required' }, 401);
    if (!allows('caller', caller.role))
      return c.json({ error: `${caller.name} is a guest and may not order certificates` }, 403);
    c.header('Cache-Control', 'no-store');
    return c.json(eabKeys.create(caller.name), 201);
  });
  return app;
}
