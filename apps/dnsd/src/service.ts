import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import { requireOwner } from '@mcp/daemon/owner';
import type { RecordServiceDefinition, RecordServiceImplementation } from '@mcp/proto/dnsd';
import { applyRecords, type Parts } from './apply.ts';
import { requireRecords, toMessage } from './record-values.ts';
import type { DnsRecord } from './records.ts';
import { listStates } from './states.ts';
import { syncRecords } from './sync.ts';
import type { InTurn } from '@mcp/daemon/turns';

export const access: AccessMap<typeof RecordServiceDefinition> = {
  applyRecords: 'operator',
  releaseRecords: 'operator',
  listRecords: 'caller',
  reconcile: 'operator',
};

export interface ServiceOptions {
  /** What calls and the sync loop take turns by. */
  inTurn: InTurn;
  /** Seconds. */
  defaultTtl: number;
  /** Called when a call failed, since the server may have to be put right. */
  onFailure: () => void;
}

export function createRecordService(
  parts: Parts,
  { inTurn, defaultTtl, onFailure }: ServiceOptions,
): RecordServiceImplementation<CallerContext> {
  async function apply(owner: string, wanted: readonly DnsRecord[], signal: AbortSignal) {
    try {
      return await inTurn(() => {
        signal.throwIfAborted();
        return applyRecords(parts, { owner, wanted, signal });
      });
    } catch (error) {
      onFailure();
      throw error;
    }
  }

  return {
    async applyRecords({ owner, records }, { caller, signal }) {
      requireOwner(owner, caller);
      const { previous, changed } = await apply(owner, requireRecords(records, defaultTtl), signal);
      return { previous: previous.map(toMessage), changed };
    },
    async releaseRecords({ owner }, { caller, signal }) {
      const { previous } = await apply(requireOwner(owner, caller), [], signal);
      return { previous: previous.map(toMessage) };
    },
    async listRecords({ owner }, { signal }) {
      return { records: await listStates(parts.store, parts.zones, { owner, signal }) };
    },
    async reconcile(_request, { signal }) {
      const repaired = await inTurn(() => syncRecords(parts, signal));
      return { repaired: repaired.map(toMessage) };
    },
  };
}
