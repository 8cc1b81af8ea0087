import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Identity } from '../traffic-service/identity.ts';

const TIMEOUT_MS = 5000;

/** A way in from outside: what a client names when it connects to the proxy. */
export interface Door {
  hostname: string;
  /** The listener's port as routes name it. */
  port: number;
  mode: 'l4' | 'l7';
}

export function doorKey({ hostname, port }: Pick<Door, 'hostname' | 'port'>): string {
  return `${hostname}:${port}`;
}

/** Who answered at a door, or why nobody did. */
export type DoorReading =
  | (Identity & {
      /** SHA-256 of the leaf that the client was shown, as Node.js writes it. */
      fingerprint: string;
    })
  | { closed: string };

/** Knocks: TLS by name through the proxy, checked against the CA on l7, and one request. */
export function knock(
  { hostname, mode }: Door,
  { listener, ca }: { listener: string; ca: Buffer },
): Promise<DoorReading> {
  const [host, port] = listener.split(':');
  return new Promise((resolve) => {
    const closed = (error: Error) => resolve({ closed: error.message });
    const call = request(
      {
        host,
        port,
        servername: hostname,
        headers: { host: hostname },
        agent: false,
        ...(mode === 'l7' ? { ca } : { rejectUnauthorized: false }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', closed);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode !== 200) resolve({ closed: `status ${response.statusCode}` });
          else resolve({ ...(JSON.parse(text) as Identity), fingerprint: fingerprint256 });
        });
      },
    );
    call.on('error', closed).end();
  });
}
