import { createHash } from 'node:crypto';
import { parseAddress } from '@mcp/daemon/address';
import type { ListenerConfig } from './config.ts';
import type { Layout } from './haproxy-layout.ts';
import { generateScript } from './haproxy-script.ts';
import { MAX_HOLD_MS } from './hold-check.ts';

/** HAProxy waits this long for a connection to a backend and before each retry. */
const CONNECT_TIMEOUT_MS = 200;

/** The tables in which HAProxy counts what is open, by "<ip>/<port>" of the backend. */
export const OPEN_TABLES = { requests: 'open_requests', streams: 'open_streams' } as const;

/** A configuration and what tells it from every other: `show info` of a HAProxy that runs it has that description. */
export interface GeneratedConfig {
  text: string;
  /** The Lua that the text loads. */
  script: string;
  description: string;
}

/**
 * The whole of haproxy.cfg. No route is in it: destinations come from maps, certificates from
 * lists, and both are changed at run time, so that a route change is never a reload.
 */
export function generateConfig(options: {
  layout: Layout;
  listeners: readonly Pick<ListenerConfig, 'port' | 'address'>[];
  holdMs: number;
}): GeneratedConfig {
  const { layout, listeners, holdMs } = options;
  const ports = listeners.map(({ port }) => port);
  const script = generateScript(layout, ports);
  const body = [
    defaults(holdMs),
    OPEN,
    ...listeners.map((listener) => tcpListener(listener, layout)),
    ...ports.map((port) => tlsListener(port, layout)),
    httpBackends(layout),
    waitingRoom(ports, layout),
  ].join('\n');
  const hash = createHash('sha256').update(globals(layout, '')).update(body).update(script);
  const description = `mc-proxy ${hash.digest('hex')}`;
  return { text: `${globals(layout, description)}\n${body}`, script, description };
}

// noreuseport: without it a second proxy on the same port would silently take every other connection.
// session-timeout 0: it counts the delays of a busy HAProxy too, and would end a long hold.
function globals(layout: Layout, description: string): string {
  return `# Written by mc-proxy at its start; edit its configuration instead.
global
    description ${description}
    stats socket ${layout.adminSocket} mode 600 level admin expose-fd listeners
    stats timeout 1h
    stats maxconn 50
    noreuseport
    hard-stop-after 1h
    ssl-default-bind-options ssl-min-ver TLSv1.3
    lua-load-per-thread ${layout.script}
    tune.lua.session-timeout 0
`;
}

// abortonclose: what a client that left was waiting for is neither held nor sent any more.
function defaults(holdMs: number): string {
  return `defaults
    timeout connect ${CONNECT_TIMEOUT_MS}ms
    retries ${Math.ceil(holdMs / CONNECT_TIMEOUT_MS)}
    timeout client 1h
    timeout server 1h
    timeout tunnel 24h
    timeout client-fin 30s
    timeout server-fin 30s
    timeout http-request 10s
    timeout http-keep-alive 60s
    option abortonclose
`;
}

// An entry that is tracked neither expires nor gives way to another; a count of 0 need not be kept.
const OPEN = Object.values(OPEN_TABLES)
  .map(
    (table) => `backend ${table}
    stick-table type string len 64 size 100k expire 1s store conn_cur
`,
  )
  .join('\n');

// What is held waits in the backend, whose inspect-delay is long; the frontend's is for slow hellos.
// The route may have become an l7 route meanwhile.
function tcpListener({ port, address }: Pick<ListenerConfig, 'port' | 'address'>, layout: Layout): string {
  const isL4 = `var(txn.name),map(${layout.l4Map(port)}) -m found`;
  const isL7 = `var(txn.name),map(${layout.l7Map(port)}) -m found`;
  return `frontend listen_${port}
    mode tcp
    bind ${bindAddress(address)}
    tcp-request inspect-delay 5s
    tcp-request content reject if !{ req.ssl_hello_type 1 }
    tcp-request content set-var(txn.name) req.ssl_sni,lower
    tcp-request content reject unless { ${isL4} } or { ${isL7} }
    default_backend tcp_${port}

backend tcp_${port}
    mode tcp
    tcp-request inspect-delay ${2 * MAX_HOLD_MS}ms
    tcp-request content set-var(txn.held) var(txn.name),map(${layout.holdsMap(port)}) if { ${isL4} }
    tcp-request content lua.hold_l4 ${port} if { var(txn.held) -m found }
    tcp-request content reject if { var(txn.held) -m found }
    tcp-request content set-var(txn.backend) var(txn.name),map(${layout.l4Map(port)})
    tcp-request content accept if { ${isL7} } !{ var(txn.backend) -m found }
    tcp-request content reject unless { var(txn.backend) -m found }
    tcp-request content track-sc0 var(txn.backend) table ${OPEN_TABLES.streams}
    tcp-request content set-dst var(txn.backend),field(1,/)
    tcp-request content set-dst-port var(txn.backend),field(2,/)
    use-server l7 unless { var(txn.backend) -m found }
    server backend 0.0.0.0:0
    server l7 unix@${layout.l7Socket(port)} send-proxy-v2 weight 0
`;
}

function tlsListener(port: number, layout: Layout): string {
  return `frontend l7_${port}
    mode http
    bind unix@${layout.l7Socket(port)} mode 600 accept-proxy ssl crt-list ${layout.certificateList(port)} strict-sni alpn h2,http/1.1
    http-request set-var(txn.name) req.hdr(host),field(1,:),lower
    http-request set-var(txn.held) var(txn.name),map(${layout.holdsMap(port)})
    http-request lua.hold ${port} if { var(txn.held) -m found }
    http-request deny deny_status 503 if { var(txn.held) -m found }
    http-request set-var(txn.target) var(txn.name),map(${layout.l7Map(port)})
    http-request deny deny_status 421 unless { var(txn.target) -m found }
    http-request set-var(txn.backend) var(txn.target),field(2,/,0)
    acl is_upgrade req.hdr(upgrade) -m found
    http-request track-sc0 var(txn.backend) table ${OPEN_TABLES.streams} if is_upgrade
    http-request track-sc0 var(txn.backend) table ${OPEN_TABLES.requests} if !is_upgrade
    http-request set-dst var(txn.backend),field(1,/)
    http-request set-dst-port var(txn.backend),field(2,/)
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Real-IP %[src]
    http-request set-header X-Forwarded-Proto https
    http-request del-header Forwarded
    acl is_safe method GET HEAD OPTIONS
    acl is_grpc req.hdr(content-type) -m beg application/grpc
    acl to_tls var(txn.target),field(1,/) -m str tls
    use_backend grpc_tls if to_tls is_grpc
    use_backend http_tls if to_tls is_safe !is_upgrade
    use_backend http_tls_once if to_tls
    use_backend grpc if is_grpc
    use_backend http if is_safe !is_upgrade
    default_backend http_once
`;
}

/**
 * A backend closes idle connections when it likes, also while a request is on its way. A request
 * that may be repeated takes an idle connection; when that fails it is sent once more, over a new
 * one. Others get a new connection at once. Only the connection is tried until \`retries\` are used
 * up: that many repetitions of a request that a service dies of would keep it down.
 */
function httpBackends(layout: Layout): string {
  const toTls = 'ssl verify none sni var(txn.name)';
  return [
    safeBackend('http', '', layout),
    safeBackend('http_tls', ` ${toTls} alpn h2,http/1.1`, layout),
    onceBackend('http_once', ''),
    onceBackend('http_tls_once', ` ${toTls} alpn http/1.1`),
    grpcBackend('grpc', ' proto h2'),
    grpcBackend('grpc_tls', ` ${toTls} alpn h2`),
  ].join('\n');
}

// No server has an address of its own: it goes where set-dst says, the second time where the PROXY header says.
function safeBackend(name: string, serverOptions: string, layout: Layout): string {
  return `backend ${name}
    mode http
    http-reuse always
    retries 1
    retry-on conn-failure empty-response
    option redispatch 1
    use-server backend if TRUE
    server backend 0.0.0.0:0 weight 0${serverOptions}
    server again unix@${layout.againSocket(name)} send-proxy-v2 pool-max-conn 0

frontend again_${name}
    mode http
    bind unix@${layout.againSocket(name)} mode 600 accept-proxy
    http-request set-var(txn.name) req.hdr(host),field(1,:),lower
    default_backend ${name}_once
`;
}

function onceBackend(name: string, serverOptions: string): string {
  return `backend ${name}
    mode http
    http-reuse never
    option http-server-close
    server backend 0.0.0.0:0${serverOptions}
`;
}

// One HTTP/2 connection for many: a client is told REFUSED_STREAM when it is closed under a request, and repeats that.
function grpcBackend(name: string, serverOptions: string): string {
  return `backend ${name}
    mode http
    server backend 0.0.0.0:0${serverOptions}
`;
}

/** Where Lua lets an l4 connection wait: an answer here is what wakes it. */
function waitingRoom(ports: readonly number[], layout: Layout): string {
  const holds = ports.map((port) => `    http-request lua.hold ${port} if { path /${port} }\n`);
  return `frontend waiting_room
    mode http
    bind unix@${layout.waitingSocket} mode 600
    http-request set-var(txn.name) req.hdr(host)
${holds.join('')}    http-request return status 204
`;
}

function bindAddress(address: string): string {
  const parsed = parseAddress(address);
  return parsed.kind === 'tcp' && parsed.host === '::' ? `${address} v4v6` : address;
}
