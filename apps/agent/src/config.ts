import * as v from 'valibot';
import { daemonSections } from '@mcp/daemon/config';

const Name = v.pipe(v.string(), v.regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label'));
const Ip = v.pipe(v.string(), v.ip());
const Domain = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain name'),
);

/** Where a daemon is. Leave the section out when the node has none. */
const Peer = v.optional(
  v.strictObject({
    /** "unix:/path" or "host:port". */
    address: v.string(),
    ca_cert: v.optional(v.string()),
    token_path: v.optional(v.string()),
  }),
);

/** The schema of agent.toml. */
export const Config = v.strictObject({
  ...daemonSections,
  node: v.strictObject({
    name: Name,
    /** What DNS records of this node's services point to. */
    addresses: v.pipe(v.array(Ip), v.minLength(1)),
    /** Where the proxy reaches containers of this node: loopback when both share the machine. */
    backend_address: v.optional(Ip, '127.0.0.1'),
    /** Hostnames default to "<service>.<service_domain>". */
    service_domain: v.optional(Domain, 'svc.mcp.metacircular.net'),
    /** Other domains that routes may name, for example public ones. */
    allowed_domains: v.optional(v.array(Domain), []),
  }),
  containers: v.strictObject({
    /** Docker API socket of Podman or Docker. */
    socket: v.pipe(v.string(), v.startsWith('/', 'must be an absolute path')),
    /** A service's own directory is "<data_dir>/<service>" on the node, "/srv/<service>" inside. */
    data_dir: v.optional(v.pipe(v.string(), v.startsWith('/', 'must be an absolute path')), '/srv'),
    /** Keeps containers of several agents on one engine apart: a prefix of their names, and a label. */
    namespace: v.optional(
      v.pipe(v.string(), v.regex(/^[a-z0-9]{0,20}$/, 'must be at most 20 of a-z and 0-9')),
      '',
    ),
    network: v.optional(v.string(), 'mcpnet'),
    user: v.optional(v.string(), '0:0'),
    restart: v.optional(v.string(), 'unless-stopped'),
    /** Grace between SIGTERM and SIGKILL. */
    stop_timeout_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600)), 10),
  }),
  portd: Peer,
  certd: Peer,
  routed: Peer,
  dnsd: Peer,
  watch: v.optional(
    v.strictObject({
      /** False to report what differs from the recorded generations, and repair nothing. */
      reconcile: v.optional(v.boolean(), true),
      /** Time between looks when nothing happens. */
      interval_s: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(3600)), 30),
      /** A container that dies this often within that time is flapping: it is reported, and left to its restart policy. */
      flapping_deaths: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1000)), 5),
      flapping_minutes: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1440)), 10),
    }),
    {},
  ),
  proof: v.optional(
    v.strictObject({
      /** DNS server that is asked for the service's names; left out, names are not asked for. */
      dns_server: v.optional(v.string()),
      /** PEM file of the CA that l7 certificates must chain to; left out, the system's. */
      ca_cert: v.optional(v.string()),
      /** Where the proxy listens, by listener port; default "<backend_address>:<port>". */
      listeners: v.optional(v.record(v.string(), v.string()), {}),
      timeout_s: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(300)), 10),
    }),
    {},
  ),
});

export type AgentConfig = v.InferOutput<typeof Config>;
