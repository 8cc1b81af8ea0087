import * as v from 'valibot';
import { parseAddress } from '@mcp/daemon/address';
import { daemonSections } from '@mcp/daemon/config';
import { issuerNames } from './ca/issuers.ts';
import { isHostname } from '@mcp/dns/names';

const AbsolutePath = v.pipe(v.string(), v.startsWith('/', 'must be an absolute path'));
const DomainName = v.pipe(v.string(), v.check(isHostname, 'must be a lower-case domain name'));
const HostPort = v.pipe(v.string(), v.check(isHostPort, 'must be host:port or [ipv6]:port'));

const Rest = v.pipe(
  v.strictObject({
    /** Where the CA's HTTPS listener is. */
    listen_addr: HostPort,
    /** DNS names and addresses in the listener's own certificate. */
    names: v.optional(v.pipe(v.array(DomainName), v.minLength(1)), ['localhost']),
    addresses: v.optional(v.array(v.pipe(v.string(), v.ip())), ['127.0.0.1']),
    /** Accounts that may ask for external account binding keys, see libs/daemon/src/tokens.ts. */
    token_file: AbsolutePath,
    /** Of every URL that ACME hands out; by default https://<listen_addr>. */
    external_url: v.optional(
      v.pipe(v.string(), v.regex(/^https:\/\/[^/\s]+$/, 'must be https://host[:port]')),
    ),
  }),
  v.check(
    ({ listen_addr, external_url }) => external_url !== undefined || !isWildcard(listen_addr),
    'external_url is needed when listen_addr is every address',
  ),
);

/** Which names an account may have certificates for; a name that no policy grants is refused. */
const Policy = v.strictObject({
  /** The account's name in the token file. */
  account: v.pipe(v.string(), v.nonEmpty()),
  /** Every name below these. */
  domains: v.optional(v.array(DomainName), []),
  /** Exactly these. */
  hostnames: v.optional(v.array(DomainName), []),
});
export type Policy = v.InferOutput<typeof Policy>;

/** The schema of metacrypt.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  seal: v.strictObject({
    /** The password that unseals the CA's keys at start; made by the operator, mode 0600. */
    password_file: AbsolutePath,
  }),
  rest: Rest,
  acme: v.optional(
    v.strictObject({
      /** The issuer that signs ACME certificates, and the name in ACME's URLs. */
      mount: v.optional(v.picklist(issuerNames), 'services'),
      order_lifetime_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60)), 86_400),
      certificate_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(90)), 90),
    }),
    {},
  ),
  policies: v.optional(v.array(Policy), []),
});

export type Config = v.InferOutput<typeof Config>;
export type RestConfig = Config['rest'];

/** Where clients reach the CA: external_url, or the listening address. */
export function externalUrl({ listen_addr, external_url }: RestConfig): string {
  return external_url ?? `https://${listen_addr}`;
}

function isHostPort(text: string): boolean {
  try {
    return parseAddress(text).kind === 'tcp';
  } catch {
    return false;
  }
}

function isWildcard(listenAddr: string): boolean {
  return /^(0\.0\.0\.0|\[::\]):/.test(listenAddr);
}
