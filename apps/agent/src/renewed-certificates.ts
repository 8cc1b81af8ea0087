import type { Logger } from '@mcp/daemon/logging';
import { pause } from '@mcp/daemon/wait';
import type { Peers } from './peers.ts';

const RETRY_AFTER_MS = 5000;

/**
 * Has the proxy load every certificate that certd renews: at once through this watch, and at the
 * latest at routed's next pass, which compares what is served with what is on disk.
 */
export async function reloadRenewedCertificates({
  peers: { certd, routed },
  log,
  signal,
}: {
  peers: Peers;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  if (!certd || !routed) return;
  let reported = false;
  while (!signal.aborted) {
    try {
      for await (const { certificate } of certd.watchCertificates({}, { signal })) {
        reported = false;
        await routed.reconcile({}, { signal });
        log.info(
          { hostname: certificate?.hostname, serial: certificate?.serial },
          'certificate handed to the proxy',
        );
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!reported) log.warn({ err: error }, 'certificate watch interrupted');
      reported = true;
    }
    await pause(RETRY_AFTER_MS, signal);
  }
}
