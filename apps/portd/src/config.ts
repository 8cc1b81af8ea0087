import * as v from 'valibot';
import { daemonSections } from '@mcp/daemon/config';

const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

/** The schema of portd.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  ports: v.optional(
    v.pipe(
      v.strictObject({
        /** Inclusive range that leases come from. */
        first: v.optional(Port, 10_000),
        last: v.optional(Port, 60_000),
        /** Addresses on which a port must be free to be leased. */
        addresses: v.optional(v.pipe(v.array(v.pipe(v.string(), v.ip())), v.minLength(1)), ['127.0.0.1']),
      }),
      v.check(({ first, last }) => first <= last, 'first must not be above last'),
    ),
    {},
  ),
});

export type PortsConfig = v.InferOutput<typeof Config>['ports'];
