import * as v from 'valibot';
import { parseAddress } from '@mcp/daemon/address';
import { daemonSections } from '@mcp/daemon/config';

/** The schema of routed.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  mc_proxy: v.strictObject({
    /** "unix:/path" or "host:port" of mc-proxy's admin API. */
    address: v.pipe(v.string(), v.check(isAddress, 'must be unix:/path, host:port or [ipv6]:port')),
    /** TCP only: PEM file of the CA to trust. */
    ca_cert: v.optional(v.string()),
    /** TCP only: file with the bearer token. */
    token_path: v.optional(v.string()),
  }),
  sync: v.optional(
    v.strictObject({
      /** Time between comparisons of desired and actual routes, jittered by up to a tenth. */
      interval_s: v.optional(v.pipe(v.number(), v.minValue(1)), 30),
    }),
    {},
  ),
});

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}
