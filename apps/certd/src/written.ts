import { EventEmitter, on } from 'node:events';
import type { Certificate } from '@mcp/proto/certd';

const WRITTEN = 'written';

/** Tells whoever watches about certificates as they are written. */
export interface Written {
  publish(certificate: Certificate): void;
  /** Yields what is published from the first step on, until the signal is aborted. */
  watch(signal: AbortSignal): AsyncGenerator<Certificate>;
}

export function createWritten(): Written {
  const emitter = new EventEmitter<{ [WRITTEN]: [Certificate] }>();
  emitter.setMaxListeners(0);
  return {
    publish: (certificate) => void emitter.emit(WRITTEN, certificate),
    async *watch(signal) {
      try {
        for await (const [certificate] of on(emitter, WRITTEN, { signal })) yield certificate as Certificate;
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
