/** Every URL of one ACME directory. */
export interface AcmeUrls {
  base: string;
  directory: string;
  newNonce: string;
  newAccount: string;
  newOrder: string;
  revokeCert: string;
  account(id: string): string;
  /** The account's id in its URL, or undefined when it is not one of ours. */
  accountId(url: string): string | undefined;
  orders(accountId: string): string;
  order(id: string): string;
  finalize(orderId: string): string;
  authorization(id: string): string;
  certificate(serial: string): string;
}

export function createUrls(externalUrl: string, mount: string): AcmeUrls {
  const base = `${externalUrl}/acme/${mount}`;
  const accountPrefix = `${base}/account/`;
  return {
    base,
    directory: `${base}/directory`,
    newNonce: `${base}/new-nonce`,
    newAccount: `${base}/new-account`,
    newOrder: `${base}/new-order`,
    revokeCert: `${base}/revoke-cert`,
    account: (id) => accountPrefix + id,
    accountId: (url) => (url.startsWith(accountPrefix) ? url.slice(accountPrefix.length) : undefined),
    orders: (accountId) => `${accountPrefix}${accountId}/orders`,
    order: (id) => `${base}/order/${id}`,
    finalize: (orderId) => `${base}/order/${orderId}/finalize`,
    authorization: (id) => `${base}/authorization/${id}`,
    certificate: (serial) => `${base}/certificate/${serial}`,
  };
}
