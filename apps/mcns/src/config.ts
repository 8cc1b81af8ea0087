import * as v from 'valibot';
import { daemonSections } from '@mcp/daemon/config';
import type { ZoneData } from './store.ts';

const Seconds = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647));

/** The schema of mcns.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  dns: v.optional(
    v.strictObject({
      /** Answered over UDP and TCP. */
      listen_addr: v.optional(v.string(), '127.0.0.1:5353'),
    }),
    {},
  ),
  rest: v.strictObject({
    /** HTTPS, TLS 1.3. */
    listen_addr: v.string(),
    tls_cert: v.string(),
    tls_key: v.string(),
    /** Accounts that may call, see libs/daemon/src/tokens.ts. */
    token_file: v.string(),
  }),
  /** Zones that are made at start when they are missing; existing ones are left as they are. */
  zones: v.optional(
    v.array(
      v.strictObject({
        name: v.string(),
        primary_ns: v.string(),
        admin_email: v.string(),
        refresh: v.optional(Seconds),
        retry: v.optional(Seconds),
        expire: v.optional(Seconds),
        minimum_ttl: v.optional(Seconds),
      }),
    ),
    [],
  ),
});

export type RestConfig = v.InferOutput<typeof Config>['rest'];

/** The configured zones; 0 stands for a timer that is not given. */
export function seedZones({ zones }: v.InferOutput<typeof Config>): ZoneData[] {
  return zones.map(
    ({ name, primary_ns, admin_email, refresh = 0, retry = 0, expire = 0, minimum_ttl = 0 }) => ({
      name,
      primaryNs: primary_ns,
      adminEmail: admin_email,
      refresh,
      retry,
      expire,
      minimumTtl: minimum_ttl,
    }),
  );
}
