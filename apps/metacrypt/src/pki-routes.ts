import { Hono, type Context } from 'hono';
import type { Authority } from './ca/authority.ts';
import { isIssuerName } from './ca/issuers.ts';

/** CA certificates in PEM, for everybody: /:mount/ca, /:mount/ca/chain, /:mount/issuer/:name. */
export function createPkiRoutes(authority: Authority): Hono {
  const app = new Hono();
  const pem = (c: Context, text: string) =>
    c.body(text, 200, { 'Content-Type': 'application/x-pem-file', 'Cache-Control': 'max-age=3600' });

  app.get('/:mount/ca', (c) =>
    isIssuerName(c.req.param('mount')) ? pem(c, authority.root) : unknown(c, c.req.param('mount')),
  );
  app.get('/:mount/ca/chain', (c) => {
    const mount = c.req.param('mount');
    return isIssuerName(mount) ? pem(c, authority.issuerPem(mount) + authority.root) : unknown(c, mount);
  });
  app.get('/:mount/issuer/:name', (c) => {
    const { mount, name } = c.req.param();
    if (!isIssuerName(mount)) return unknown(c, mount);
    return isIssuerName(name) ? pem(c, authority.issuerPem(name)) : unknown(c, name);
  });
  return app;
}

function unknown(c: Context, name: string): Response {
  return c.json({ error: `there is no issuer ${name}` }, 404);
}
