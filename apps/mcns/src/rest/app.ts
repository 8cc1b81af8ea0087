import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { TokenVerifier } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import type { Records } from '../records.ts';
import type { Zones } from '../zones.ts';
import { authenticate, type CallerVariables } from './authenticate.ts';
import { errorResponse } from './errors.ts';
import { readRecord, readZone, recordJson, zoneJson } from './json.ts';

const MAX_BODY_BYTES = 65_536;

interface Parts {
  records: Records;
  zones: Zones;
  verify: TokenVerifier;
  log: Logger;
}

/** The REST API. The domain checks and decides; this maps it to paths, JSON and status codes. */
export function createApp({ records, zones, verify, log }: Parts) {
  const app = new Hono<CallerVariables>();
  app.onError(errorResponse(log));
  app.notFound((c) => c.json({ error: `${c.req.method} ${c.req.path} is not part of this API` }, 404));

  app.get('/v1/health', (c) => c.json({ status: 'ok' }));
  app.use('/v1/*', authenticate(verify));
  app.use(
    '/v1/*',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => c.json({ error: `the body has more than ${MAX_BODY_BYTES} bytes` }, 413),
    }),
  );

  app.get('/v1/zones', (c) => c.json({ zones: zones.list(c.var.caller).map(zoneJson) }));
  app.post('/v1/zones', async (c) => c.json(zoneJson(zones.create(c.var.caller, await readZone(c))), 201));
  app.get('/v1/zones/:zone', (c) => c.json(zoneJson(zones.get(c.var.caller, c.req.param('zone')))));
  app.put('/v1/zones/:zone', async (c) => {
    const input = { ...(await readZone(c)), name: c.req.param('zone') };
    return c.json(zoneJson(zones.update(c.var.caller, input)));
  });
  app.delete('/v1/zones/:zone', (c) => {
    zones.remove(c.var.caller, c.req.param('zone'));
    return c.body(null, 204);
  });

  app.get('/v1/zones/:zone/records', (c) => {
    const filter = { name: c.req.query('name') ?? '', type: c.req.query('type') ?? '' };
    return c.json({ records: records.list(c.var.caller, c.req.param('zone'), filter).map(recordJson) });
  });
  app.post('/v1/zones/:zone/records', async (c) => {
    const input = await readRecord(c);
    return c.json(recordJson(records.create(c.var.caller, c.req.param('zone'), input)), 201);
  });
  app.get('/v1/zones/:zone/records/:id', (c) =>
    c.json(recordJson(records.get(c.var.caller, recordKey(c.req.param())))),
  );
  app.put('/v1/zones/:zone/records/:id', async (c) => {
    const key = recordKey(c.req.param());
    return c.json(recordJson(records.update(c.var.caller, key, await readRecord(c))));
  });
  app.delete('/v1/zones/:zone/records/:id', (c) => {
    records.remove(c.var.caller, recordKey(c.req.param()));
    return c.body(null, 204);
  });
  return app;
}

function recordKey({ zone, id }: { zone: string; id: string }): { zone: string; id: number } {
  if (/^\d{1,15}$/.test(id)) return { zone, id: Number(id) };
  throw new ServiceError('invalid_argument', `id must be a number, not "${id}"`, {
    details: { field: 'id' },
  });
}
