import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from '@mcp/daemon/logging';
import { accountDocument, type Accounts } from './accounts.ts';
import type { AccountRequest, KeyRequest, RawRequest, SignedRequest } from './authentication.ts';
import type { Certificates } from './certificates.ts';
import { authorizationDocument, directoryDocument, orderDocument } from './documents.ts';
import type { Nonces } from './nonces.ts';
import type { Orders } from './orders.ts';
import { AcmeProblem } from './problems.ts';
import type { AcmeStore, OrderRow } from './store.ts';
import type { AcmeUrls } from './urls.ts';

const MAX_BODY_BYTES = 65_536;

export interface AcmeRoutesOptions {
  urls: AcmeUrls;
  nonces: Nonces;
  authenticate: (request: RawRequest) => Promise<SignedRequest>;
  accounts: Accounts;
  orders: Orders;
  certificates: Certificates;
  store: AcmeStore;
  now: () => Date;
  log: Logger;
}

/** The resources of one ACME directory, by path below it (RFC 8555 section 7). */
export function createAcmeRoutes(options: AcmeRoutesOptions): Hono {
  const { urls, nonces, accounts, orders, certificates, store, now } = options;
  const app = new Hono();

  app.use(async (c, next) => {
    await next();
    c.header('Link', `<${urls.directory}>;rel="index"`, { append: true });
    if (c.req.method !== 'POST') return;
    c.header('Replay-Nonce', nonces.issue());
    c.header('Cache-Control', 'no-store');
  });
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES }));
  app.onError((error, c) => answerProblem(error, c, options.log));
  app.notFound((c) => {
    throw new AcmeProblem('notFound', `there is nothing at ${c.req.path}`);
  });

  app.get('/directory', (c) => c.json(directoryDocument(urls)));
  app.get('/new-nonce', (c) => {
    c.header('Replay-Nonce', nonces.issue());
    c.header('Cache-Control', 'no-store');
    return c.body(null, c.req.method === 'HEAD' ? 200 : 204);
  });

  const post = createPost(app, options);

  post('/new-account', async (c, request) => {
    const { account, created } = await accounts.create(requireKey(request));
    c.header('Location', urls.account(account.id));
    return c.json(accountDocument(account, urls), created ? 201 : 200);
  });
  post('/account/:id', (c, request) => {
    const byAccount = requireOwn(request, c.req.param('id'));
    return c.json(accountDocument(accounts.update(byAccount), urls));
  });
  post('/account/:id/orders', (c, request) => {
    const { account } = requireOwn(request, c.req.param('id'));
    return c.json({ orders: store.listOrders(account.id, now()).map((id) => urls.order(id)) });
  });

  const answerOrder = (c: Context, order: OrderRow, status: 200 | 201) => {
    c.header('Location', urls.order(order.id));
    const authorizations = store.listAuthorizations(order.id);
    return c.json(orderDocument(order, { authorizations, urls, now: now() }), status);
  };
  post('/new-order', (c, request) => answerOrder(c, orders.create(requireAccount(request)), 201));
  post('/order/:id', (c, request) => {
    const { account } = requireAccount(request);
    return answerOrder(c, orders.get(c.req.param('id') ?? '', account), 200);
  });
  post('/order/:id/finalize', async (c, request) => {
    return answerOrder(c, await orders.finalize(c.req.param('id') ?? '', requireAccount(request)), 200);
  });
  post('/authorization/:id', (c, request) => {
    const { account } = requireAccount(request);
    const authorization = orders.getAuthorization(c.req.param('id') ?? '', account);
    return c.json(authorizationDocument(authorization, now()));
  });
  post('/certificate/:serial', (c, request) => {
    const { account } = requireAccount(request);
    const { chain } = certificates.get(c.req.param('serial') ?? '', account);
    return c.body(chain, 200, { 'Content-Type': 'application/pem-certificate-chain' });
  });
  post('/revoke-cert', (c, request) => {
    certificates.revoke(request);
    return c.body(null, 200);
  });
  return app;
}

type Handler = (c: Context, request: SignedRequest) => Promise<Response> | Response;

function createPost(app: Hono, { urls, authenticate }: AcmeRoutesOptions) {
  return (path: string, handle: Handler) => {
    app.post(path, async (c) => {
      if (c.req.header('content-type') !== 'application/jose+json')
        throw new AcmeProblem('unsupportedMediaType', 'the content type must be application/jose+json');
      const body: unknown = await c.req.json().catch(() => undefined);
      const url = urls.base + c.req.path.slice(new URL(urls.base).pathname.length);
      return handle(c, await authenticate({ url, body }));
    });
    app.all(path, () => {
      throw new AcmeProblem('methodNotAllowed', 'resources are read with POST-as-GET');
    });
  };
}

function requireAccount(request: SignedRequest): AccountRequest {
  if (request.by === 'account') return request;
  throw new AcmeProblem('malformed', 'this request must be signed with kid, not jwk');
}

function requireKey(request: SignedRequest): KeyRequest {
  if (request.by === 'key') return request;
  throw new AcmeProblem('malformed', 'this request must be signed with jwk, not kid');
}

function requireOwn(request: SignedRequest, accountId: string | undefined): AccountRequest {
  const byAccount = requireAccount(request);
  if (byAccount.account.id === accountId) return byAccount;
  throw new AcmeProblem('unauthorized', 'this is another account');
}

function answerProblem(error: Error, c: Context, log: Logger): Response {
  if (!(error instanceof AcmeProblem)) log.error({ err: error, path: c.req.path }, 'ACME request failed');
  const { document } =
    error instanceof AcmeProblem ? error : new AcmeProblem('serverInternal', 'internal error, see the log');
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: { 'Content-Type': 'application/problem+json' },
  });
}
