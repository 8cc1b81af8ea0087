import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { isIPv6 } from 'node:net';
import { joinHostPort, parseAddress } from '@mcp/daemon/address';
import { ServiceError } from '@mcp/daemon/errors';
import { pause } from '@mcp/daemon/wait';
import { RecordType, type Record as DnsRecord } from '@mcp/proto/dnsd';
import { RouteMode, type Route } from '@mcp/proto/routed';
import type { AgentConfig } from './config.ts';

const RETRY_EVERY_MS = 100;
const ATTEMPT_TIMEOUT_MS = 3000;
/** Answers that the proxy gives when it has no backend to ask. */
const PROXY_ERRORS = new Set([421, 502, 503, 504]);

/** Proves from outside that a service is reachable. */
export interface Proof {
  /** Asks the DNS server for every record; returns a word on it. Throws failed_precondition. */
  records(records: readonly DnsRecord[], signal: AbortSignal): Promise<string>;
  /** Opens TLS through the proxy for every route and gets an answer from the backend. Throws failed_precondition. */
  routes(routes: readonly Route[], signal: AbortSignal): Promise<string>;
}

export function createProof({ proof, node }: Pick<AgentConfig, 'proof' | 'node'>): Proof {
  const ca = proof.ca_cert;

  function listenerOf(port: number): { host: string; port: number } {
    const address = parseAddress(proof.listeners[String(port)] ?? joinHostPort(node.backend_address, port));
    if (address.kind !== 'tcp') throw new Error(`proof.listeners.${port} must be host:port`);
    return address;
  }

  async function untilProven(what: string, signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
    const deadline = performance.now() + proof.timeout_s * 1000;
    for (;;) {
      signal.throwIfAborted();
      const failure = await attempt().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      if (performance.now() > deadline) {
        throw new ServiceError('failed_precondition', `${what} is not reachable from outside`, {
          cause: failure,
        });
      }
      await pause(RETRY_EVERY_MS, signal);
    }
  }

  return {
    async records(records, signal) {
      const server = proof.dns_server;
      if (server === undefined) return 'names not asked for';
      await Promise.all(
        records.map((record) => untilProven(record.name, signal, () => requireRecord(server, record))),
      );
      return `${new Set(records.map(({ name }) => name)).size} names`;
    },
    async routes(routes, signal) {
      await Promise.all(
        routes.map((route) => {
          const listener = listenerOf(route.port);
          const what = `${route.hostname}:${route.port} through ${joinHostPort(listener.host, listener.port)}`;
          return untilProven(what, signal, () =>
            route.mode === RouteMode.L7
              ? requireHttpAnswer({ ...listener, hostname: route.hostname, ca })
              : requireBackendCertificate(listener, route),
          );
        }),
      );
      return `${routes.length} routes`;
    },
  };
}

async function requireRecord(server: string, { name, type, value }: DnsRecord): Promise<void> {
  const resolver = new Resolver({ timeout: ATTEMPT_TIMEOUT_MS, tries: 1 });
  resolver.setServers([server]);
  const answers = await (type === RecordType.AAAA ? resolver.resolve6(name) : resolver.resolve4(name));
  const same = type === RecordType.AAAA ? sameIpv6(value) : (answer: string) => answer === value;
  if (!answers.some(same))
    throw new Error(`DNS server ${server} answers ${answers.join(', ')}, not ${value}`);
}

/** Compares addresses by meaning: "::1" and "0:0:0:0:0:0:0:1" are one. */
function sameIpv6(value: string): (answer: string) => boolean {
  const canonical = (address: string) =>
    isIPv6(address) ? new URL(`http://[${address}]`).hostname : address;
  return (answer) => canonical(answer) === canonical(value);
}

interface Listener {
  host: string;
  port: number;
}

function requireHttpAnswer(target: Listener & { hostname: string; ca: string | undefined }): Promise<void> {
  const { host, port, hostname, ca } = target;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host,
        port,
        servername: hostname,
        headers: { host: hostname, 'user-agent': 'mcp-agent' },
        ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
        agent: false,
        signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
      },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        if (PROXY_ERRORS.has(status)) reject(new Error(`the proxy answers ${status} for the backend`));
        else resolve();
      },
    );
    call.on('error', reject);
    call.end();
  });
}

/** The certificate seen through the proxy must be the one that the backend shows when asked directly. */
async function requireBackendCertificate(listener: Listener, { hostname, backend }: Route): Promise<void> {
  const direct = parseAddress(backend);
  if (direct.kind !== 'tcp') throw new Error(`backend ${backend} is not host:port`);
  const [seen, own] = await Promise.all([
    certificateAt({ ...listener, hostname }),
    certificateAt({ host: direct.host, port: direct.port, hostname }),
  ]);
  if (seen.fingerprint256 !== own.fingerprint256) {
    throw new Error(`the proxy shows certificate ${seen.fingerprint256}, the backend ${own.fingerprint256}`);
  }
}

function certificateAt({ host, port, hostname }: Listener & { hostname: string }): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      socket.destroy();
      act();
    };
    const socket: TLSSocket = connect(
      {
        host,
        port,
        servername: hostname,
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
        timeout: ATTEMPT_TIMEOUT_MS,
      },
      () => {
        const certificate = socket.getPeerCertificate();
        settle(() => resolve(certificate));
      },
    );
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('timeout', () =>
      settle(() => reject(new Error(`no TLS answer within ${ATTEMPT_TIMEOUT_MS} ms`))),
    );
  });
}
