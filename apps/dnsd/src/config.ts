import * as v from 'valibot';
import { daemonSections } from '@mcp/daemon/config';

const Zone = v.strictObject({
  /** A record belongs to the zone with the longest name that ends its own. */
  name: v.string(),
  provider: v.picklist(['mcns']),
  /** For example "https://127.0.0.1:8443". */
  server_url: v.pipe(v.string(), v.url(), v.startsWith('https://', 'must start with https://')),
  /** PEM file of the CA to trust; without it, those that Node.js and the system trust. */
  ca_cert: v.optional(v.string()),
  /** File with the bearer token; read at every request, so that it can be renewed. */
  token_path: v.string(),
});

/** The schema of dnsd.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  records: v.optional(
    v.strictObject({
      /** Seconds; for records that come without one. */
      ttl: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(604_800)), 60),
    }),
    {},
  ),
  sync: v.optional(
    v.strictObject({
      /** Seconds between comparisons of desired with actual. */
      interval_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 30),
    }),
    {},
  ),
  zones: v.pipe(v.array(Zone), v.minLength(1, 'must name at least one zone')),
});

export type ZoneConfig = v.InferOutput<typeof Zone>;
