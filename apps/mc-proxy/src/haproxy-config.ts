import { createHash } from 'node:crypto';
import { parseAddress } from '@mcp/daemon/address';
import type { ListenerConfig } from './config.ts';
import type { Layout } from './haproxy-layout.ts';

/** HAProxy waits this long for a connection to a backend and before each retry. */
const CONNECT_TIMEOUT_MS = 200;

/** A configuration and what tells it from every other: `show info` of a HAProxy that runs it has that description. */
export interface GeneratedConfig {
  text: string;
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
  const body = [
    defaults(holdMs),
    ...listeners.map((listener) => tcpListener(listener, layout)),
    ...listeners.map((listener) => tlsListener(listener.port, layout)),
    BACKENDS,
  ].join('\n');
  const description = `mc-proxy ${createHash('sha256').update(globals(layout, '')).update(body).digest('hex')}`;
  return { text: `${globals(layout, description)}\n${body}`, description };
}

// noreuseport: without it a second proxy on the same port would silently take every other connection.
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
`;
}

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
`;
}

function tcpListener({ port, address }: Pick<ListenerConfig, 'port' | 'address'>, layout: Layout): string {
  return `frontend listen_${port}
    mode tcp
    bind ${bindAddress(address)}
    tcp-request inspect-delay 5s
    tcp-request content reject if !{ req.ssl_hello_type 1 }
    tcp-request content set-var(txn.l4) req.ssl_sni,lower,map(${layout.l4Map(port)})
    tcp-request content set-dst var(txn.l4),field(1,/) if { var(txn.l4) -m found }
    tcp-request content set-dst-port var(txn.l4),field(2,/) if { var(txn.l4) -m found }
    tcp-request content accept if { var(txn.l4) -m found }
    tcp-request content accept if { req.ssl_sni,lower,map(${layout.l7Map(port)}) -m found }
    tcp-request content reject
    use_backend l4 if { var(txn.l4) -m found }
    default_backend to_l7_${port}

backend to_l7_${port}
    mode tcp
    server l7 unix@${layout.l7Socket(port)} send-proxy-v2
`;
}

function tlsListener(port: number, layout: Layout): string {
  return `frontend l7_${port}
    mode http
    bind unix@${layout.l7Socket(port)} mode 600 accept-proxy ssl crt-list ${layout.certificateList(port)} strict-sni alpn h2,http/1.1
    http-request set-var(txn.host) req.hdr(host),field(1,:),lower
    http-request set-var(txn.target) var(txn.host),map(${layout.l7Map(port)})
    http-request deny deny_status 421 unless { var(txn.target) -m found }
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Real-IP %[src]
    http-request set-header X-Forwarded-Proto https
    http-request del-header Forwarded
    use_backend http_tls if { var(txn.target),field(1,/) -m str tls }
    use_backend grpc if { req.hdr(content-type) -m beg application/grpc }
    default_backend http
`;
}

const BACKENDS = `backend l4
    mode tcp
    server backend 0.0.0.0:0

${httpBackend('http', '')}
${httpBackend('grpc', ' proto h2')}
${httpBackend('http_tls', ' ssl verify none alpn h2,http/1.1 sni var(txn.host)')}`;

// The server has no address of its own: it goes where set-dst says.
function httpBackend(name: string, serverOptions: string): string {
  return `backend ${name}
    mode http
    http-request set-dst var(txn.target),field(2,/)
    http-request set-dst-port var(txn.target),field(3,/)
    server backend 0.0.0.0:0${serverOptions}
`;
}

function bindAddress(address: string): string {
  const parsed = parseAddress(address);
  return parsed.kind === 'tcp' && parsed.host === '::' ? `${address} v4v6` : address;
}
