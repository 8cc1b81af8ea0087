import { namesOf, statusOf } from './orders.ts';
import type { AuthorizationRow, OrderRow } from './store.ts';
import type { AcmeUrls } from './urls.ts';

/** The order object of RFC 8555 section 7.1.3. */
export function orderDocument(
  order: OrderRow,
  { authorizations, urls, now }: { authorizations: readonly AuthorizationRow[]; urls: AcmeUrls; now: Date },
) {
  return {
    status: statusOf(order, now),
    expires: new Date(order.expires_at).toISOString(),
    identifiers: namesOf(order).map((value) => ({ type: 'dns', value })),
    authorizations: authorizations.map(({ id }) => urls.authorization(id)),
    finalize: urls.finalize(order.id),
    ...(order.serial === null ? {} : { certificate: urls.certificate(order.serial) }),
  };
}

/** The authorization object of RFC 8555 section 7.1.4; valid from the start, so without challenges. */
export function authorizationDocument({ name, status, expires_at }: AuthorizationRow, now: Date) {
  return {
    status: expires_at <= now.getTime() ? 'expired' : status,
    expires: new Date(expires_at).toISOString(),
    identifier: { type: 'dns', value: name },
    challenges: [],
  };
}

/** The directory object of RFC 8555 section 7.1.1. */
export function directoryDocument({ newNonce, newAccount, newOrder, revokeCert }: AcmeUrls) {
  return { newNonce, newAccount, newOrder, revokeCert, meta: { externalAccountRequired: true } };
}
