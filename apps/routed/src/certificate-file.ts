import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Route } from '@mcp/proto/routed';
import type { DesiredRoute } from './routes.ts';

/** The route with the SHA-256 of the leaf that its certificate file has now, as far as that can be read. */
export async function withFingerprint(route: Route): Promise<DesiredRoute> {
  if (route.certificatePath === '') return { route, fingerprint: undefined };
  return { route, fingerprint: await readFingerprint(route.certificatePath) };
}

/** Lower-case hexadecimal; undefined when the file is missing or starts with no PEM certificate. */
async function readFingerprint(path: string): Promise<string | undefined> {
  try {
    const leaf = new X509Certificate(await readFile(path));
    return leaf.fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    // Whether the file is good is the proxy's to say, when the route is added.
    return undefined;
  }
}
