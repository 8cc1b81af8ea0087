import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { Authority } from '../ca/authority.ts';
import type { IssuerName } from '../ca/issuers.ts';
import type { Policy } from '../config.ts';
import type { AccountRequest } from './authentication.ts';
import { readCsr } from './csr.ts';
import { reasonAgainst } from './identifiers.ts';
import { readPayload } from './jws.ts';
import { isGranted } from './policy.ts';
import { AcmeProblem, problemUrn } from './problems.ts';
import type { AccountRow, AcmeStore, AuthorizationRow, OrderRow } from './store.ts';

const MAX_NAMES = 100;

const NewOrder = v.looseObject({
  identifiers: v.pipe(
    v.array(v.looseObject({ type: v.string(), value: v.string() })),
    v.minLength(1),
    v.maxLength(MAX_NAMES),
  ),
  notBefore: v.optional(v.unknown()),
  notAfter: v.optional(v.unknown()),
});
const Finalize = v.looseObject({ csr: v.string() });

/** Orders (RFC 8555 section 7.4): granted names need no challenge, others are refused. */
export interface Orders {
  create(request: AccountRequest): OrderRow;
  /** The account's own order. Throws notFound, unauthorized. */
  get(id: string, account: AccountRow): OrderRow;
  /** Signs the certificate. Throws orderNotReady, badCSR, and those of get. */
  finalize(id: string, request: AccountRequest): Promise<OrderRow>;
  /** The account's own authorization. Throws notFound, unauthorized. */
  getAuthorization(id: string, account: AccountRow): AuthorizationRow;
}

export interface OrdersOptions {
  store: AcmeStore;
  authority: Authority;
  policies: readonly Policy[];
  issuer: IssuerName;
  orderLifetimeMs: number;
  certificateDays: number;
  now: () => Date;
}

export function createOrders(options: OrdersOptions): Orders {
  const { store, authority, policies, issuer, now } = options;

  function get(id: string, account: AccountRow): OrderRow {
    const order = store.findOrder(id);
    if (!order) throw new AcmeProblem('notFound', `there is no order ${id}`);
    if (order.account_id !== account.id)
      throw new AcmeProblem('unauthorized', 'the order belongs to another account');
    return order;
  }

  return {
    create({ account, payload }) {
      const { identifiers, notBefore, notAfter } = readPayload(payload, NewOrder);
      if (notBefore !== undefined || notAfter !== undefined)
        throw new AcmeProblem('malformed', 'notBefore and notAfter cannot be chosen; leave them out');
      const other = identifiers.find(({ type }) => type !== 'dns');
      if (other)
        throw new AcmeProblem('unsupportedIdentifier', `identifiers of type ${other.type} are not issued`);
      const names = [...new Set(identifiers.map(({ value }) => value.toLowerCase()))];
      requireGranted(names, policies, account.principal);
      const order: OrderRow = {
        id: newId(),
        account_id: account.id,
        status: 'ready',
        names: JSON.stringify(names),
        serial: null,
        expires_at: now().getTime() + options.orderLifetimeMs,
      };
      const authorizations = names.map((name): AuthorizationRow => {
        return { id: newId(), order_id: order.id, name, status: 'valid', expires_at: order.expires_at };
      });
      store.insertOrder(order, authorizations, now());
      return order;
    },
    get,
    async finalize(id, { account, payload }) {
      const order = get(id, account);
      const { csr } = readPayload(payload, Finalize);
      const status = statusOf(order, now());
      if (status !== 'ready') throw new AcmeProblem('orderNotReady', `the order is ${status}, not ready`);
      const names = namesOf(order);
      // The policy may have changed since the order was made.
      requireGranted(names, policies, account.principal);
      const publicKey = await readCsr(csr, { names, accountJwk: account.jwk });
      const certificate = await authority.issue({ issuer, names, publicKey, days: options.certificateDays });
      if (!store.completeOrder(order, certificate))
        throw new AcmeProblem('orderNotReady', 'the order was finalized by another request');
      return get(id, account);
    },
    getAuthorization(id, account) {
      const authorization = store.findAuthorization(id);
      if (!authorization) throw new AcmeProblem('notFound', `there is no authorization ${id}`);
      if (authorization.account_id !== account.id)
        throw new AcmeProblem('unauthorized', 'the authorization belongs to another account');
      return authorization;
    },
  };
}

/** An order that expired before it was finalized is invalid. */
export function statusOf(order: Pick<OrderRow, 'status' | 'expires_at'>, now: Date) {
  return order.status === 'ready' && order.expires_at <= now.getTime() ? 'invalid' : order.status;
}

export function namesOf(order: OrderRow): string[] {
  return v.parse(v.array(v.string()), JSON.parse(order.names));
}

function requireGranted(names: readonly string[], policies: readonly Policy[], principal: string): void {
  const refused = names.flatMap((name) => {
    const reason =
      reasonAgainst(name) ??
      (isGranted(policies, { account: principal, name }) ? undefined : `no policy grants it to ${principal}`);
    return reason === undefined ? [] : [{ name, detail: `${name}: ${reason}` }];
  });
  if (refused.length === 0) return;
  const type = 'rejectedIdentifier';
  throw new AcmeProblem(type, refused.map(({ detail }) => detail).join('; '), {
    subproblems: refused.map(({ name, detail }) => {
      return { type: problemUrn(type), detail, identifier: { type: 'dns', value: name } };
    }),
  });
}

function newId(): string {
  return randomBytes(12).toString('base64url');
}
