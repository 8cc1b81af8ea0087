import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { AccountRequest, KeyRequest } from './authentication.ts';
import type { EabKeys } from './eab.ts';
import { readPayload } from './jws.ts';
import { AcmeProblem } from './problems.ts';
import type { AccountRow, AcmeStore } from './store.ts';
import type { AcmeUrls } from './urls.ts';

const NewAccount = v.looseObject({
  contact: v.optional(v.array(v.string()), []),
  onlyReturnExisting: v.optional(v.boolean(), false),
  externalAccountBinding: v.optional(v.unknown()),
});
const AccountUpdate = v.looseObject({
  contact: v.optional(v.array(v.string())),
  status: v.optional(v.literal('deactivated')),
});

/** ACME accounts (RFC 8555 section 7.3). */
export interface Accounts {
  /** Registers the key, or returns the account that has it. */
  create(request: KeyRequest): Promise<{ account: AccountRow; created: boolean }>;
  /** Changes the contacts, or deactivates the account for good. */
  update(request: AccountRequest): AccountRow;
}

export function createAccounts({
  store,
  eabKeys,
  urls,
  now,
}: {
  store: AcmeStore;
  eabKeys: EabKeys;
  urls: AcmeUrls;
  now: () => Date;
}): Accounts {
  return {
    async create({ jwk, thumbprint, payload }) {
      const { contact, onlyReturnExisting, externalAccountBinding } = readPayload(payload, NewAccount);
      const existing = store.findAccountByThumbprint(thumbprint);
      if (existing?.status === 'deactivated')
        throw new AcmeProblem('unauthorized', 'the account with this key was deactivated; make a new key');
      if (existing) return { account: existing, created: false };
      if (onlyReturnExisting) throw new AcmeProblem('accountDoesNotExist', 'no account has this key');
      requireContacts(contact);
      if (externalAccountBinding === undefined) {
        throw new AcmeProblem(
          'externalAccountRequired',
          'this CA needs an external account binding; get a key from its REST API',
        );
      }
      const eabKey = await eabKeys.verify(externalAccountBinding, { jwk, url: urls.newAccount });
      const account: AccountRow = {
        id: randomBytes(12).toString('base64url'),
        thumbprint,
        jwk: JSON.stringify(jwk),
        contact: JSON.stringify(contact),
        status: 'valid',
        principal: eabKey.principal,
        eab_kid: eabKey.kid,
      };
      if (!store.insertAccount(account, now()))
        throw new AcmeProblem('unauthorized', `binding key ${eabKey.kid} was used by another account`);
      return { account, created: true };
    },
    update({ account, payload }) {
      if (payload === '') return account;
      const { contact, status } = readPayload(payload, AccountUpdate);
      if (contact !== undefined) {
        requireContacts(contact);
        store.setContact(account.id, JSON.stringify(contact));
      }
      if (status === 'deactivated') store.deactivate(account.id);
      return store.findAccount(account.id) ?? account;
    },
  };
}

/** The account object of RFC 8555 section 7.1.2. */
export function accountDocument(account: AccountRow, urls: AcmeUrls) {
  return {
    status: account.status,
    contact: JSON.parse(account.contact) as unknown,
    orders: urls.orders(account.id),
  };
}

function requireContacts(contact: readonly string[]): void {
  const wrong = contact.find((url) => !/^mailto:[^@\s,?]+@[^@\s,?]+$/.test(url));
  if (wrong !== undefined)
    throw new AcmeProblem('unsupportedContact', `contact ${wrong} is not mailto:name@domain`);
}
