import { isIP } from 'node:net';
import * as v from 'valibot';
import { parseAddress } from '@mcp/daemon/address';
import { daemonSections } from '@mcp/daemon/config';

/** A Unix socket path has at most 107 bytes; HAProxy's longest name in the directory, while it starts, has 35. */
const MAX_DIRECTORY_LENGTH = 70;

const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

const Listener = v.pipe(
  v.strictObject({
    /** The name by which routes mean this listener, whatever address it is bound to. */
    port: Port,
    /** Where it is bound, "<ip>:<port>"; "0.0.0.0:<port>" when not given, "[::]:<port>" takes IPv4 and IPv6. */
    address: v.optional(v.pipe(v.string(), v.check(isIpAndPort, 'must be "<ip>:<port>"'))),
    /** Routes that go into the database when it is new. */
    routes: v.optional(
      v.array(
        v.strictObject({
          hostname: v.string(),
          mode: v.picklist(['l4', 'l7']),
          backend: v.string(),
          backend_tls: v.optional(v.boolean(), false),
          certificate: v.optional(v.string(), ''),
          key: v.optional(v.string(), ''),
        }),
      ),
      [],
    ),
  }),
  v.transform((listener) => ({ ...listener, address: listener.address ?? `0.0.0.0:${listener.port}` })),
);

/** The schema of mc-proxy.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  haproxy: v.strictObject({
    /** HAProxy 2.6 or newer: a name on PATH or a path. */
    binary: v.optional(v.pipe(v.string(), v.nonEmpty()), 'haproxy'),
    /** Where HAProxy's configuration, maps, certificate copies and sockets are; made with mode 0700. */
    directory: v.pipe(
      v.string(),
      v.regex(/^\/[A-Za-z0-9_./-]*$/, 'must be an absolute path of letters, digits and _ . -'),
      v.maxLength(MAX_DIRECTORY_LENGTH, `must have at most ${MAX_DIRECTORY_LENGTH} characters`),
    ),
    /** How long a request waits for a backend that is down before it fails. */
    hold_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000)), 10_000),
    /** What becomes of HAProxy when mc-proxy stops: "keep" lets it serve on (for upgrades), "stop" ends it. */
    on_stop: v.optional(v.picklist(['keep', 'stop']), 'keep'),
  }),
  listeners: v.pipe(
    v.array(Listener),
    v.minLength(1, 'needs at least one listener'),
    v.check(
      (listeners) => new Set(listeners.map(({ port }) => port)).size === listeners.length,
      'each port may be named once',
    ),
  ),
});

export type ProxyConfig = v.InferOutput<typeof Config>;
export type ListenerConfig = ProxyConfig['listeners'][number];
export type HaproxyConfig = ProxyConfig['haproxy'];

function isIpAndPort(text: string): boolean {
  try {
    const address = parseAddress(text);
    return address.kind === 'tcp' && isIP(address.host) !== 0 && address.port > 0;
  } catch {
    return false;
  }
}
