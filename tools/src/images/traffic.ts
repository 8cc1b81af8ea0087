import { execFileSync } from 'node:child_process';
import type { ImageBuild } from './build.ts';

/** Full reference, without its tag, of the service that the faults run and the update bench deploy. */
export const TRAFFIC_IMAGE = 'localhost/mcp-traffic';

/** tools/src/traffic-service at some versions: the same program, which knows its version. */
export function trafficImages(...versions: string[]): ImageBuild[] {
  const identity = createIdentity();
  return [
    {
      dockerfile: 'tools/src/traffic-service/Dockerfile',
      entry: 'tools/src/traffic-service/main.ts',
      tags: versions.map((version) => ({
        reference: `${TRAFFIC_IMAGE}:${version}`,
        // A file, because Podman 4.3 takes a layer from its cache whatever build arguments it was made with.
        files: { 'identity.pem': identity, version },
      })),
    },
  ];
}

/** A self-signed certificate with its key, PEM, for the l4 routes of tests. */
export function createIdentity(): string {
  const args = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=traffic-backend';
  return execFileSync('openssl', ['req', '-x509', ...args.split(' '), '-keyout', '-'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
