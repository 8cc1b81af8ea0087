import * as v from 'valibot';
import { daemonSections } from '@mcp/daemon/config';
import { isHostname } from '@mcp/dns/names';

const AbsolutePath = v.pipe(v.string(), v.startsWith('/', 'must be an absolute path'));
const HttpsUrl = v.pipe(v.string(), v.url(), v.startsWith('https://', 'must be an https:// URL'));

const IssuerConfig = v.pipe(
  v.strictObject({
    /** The operator's name for the CA. */
    name: v.pipe(v.string(), v.nonEmpty()),
    /** Its ACME directory. */
    directory_url: HttpsUrl,
    /** PEM file of the root to trust for the connection; by default the system's roots. */
    ca_cert: v.optional(AbsolutePath),
    /** The names it issues for: these and every name below; the longest that fits wins. */
    domains: v.pipe(
      v.array(v.pipe(v.string(), v.check(isHostname, 'must be a lower-case domain name'))),
      v.minLength(1),
    ),
    /** Where an external account binding key is asked for, with the bearer token of token_path. */
    eab_url: v.optional(HttpsUrl),
    token_path: v.optional(AbsolutePath),
    /** Where the CA may write to, for example "mailto:ops@example.com". */
    contact: v.optional(v.pipe(v.string(), v.startsWith('mailto:', 'must be mailto:name@domain'))),
  }),
  v.check(
    ({ eab_url, token_path }) => (eab_url === undefined) === (token_path === undefined),
    'eab_url and token_path need each other',
  ),
);
export type IssuerConfig = v.InferOutput<typeof IssuerConfig>;

/** The schema of certd.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  certificates: v.strictObject({
    /** The folder of the PEM files; made with mode 0750. */
    directory: AbsolutePath,
  }),
  issuers: v.pipe(
    v.array(IssuerConfig),
    v.minLength(1),
    v.check(
      (issuers) => new Set(issuers.map(({ name }) => name)).size === issuers.length,
      'two issuers have the same name',
    ),
  ),
  renewal: v.optional(
    v.strictObject({
      /** Time between looks at what is due and whether the files are right. */
      interval_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 3600),
    }),
    {},
  ),
});
