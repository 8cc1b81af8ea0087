import type { Caller } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import type { Zone } from '@mcp/proto/mcns';
import type { ZoneIndex } from './dns/zone-index.ts';
import { lowerCase } from '@mcp/dns/names';
import { requireHostname } from './names.ts';
import { requireReader, requireZoneManager } from './permissions.ts';
import { zoneNotFound, type Store, type ZoneData } from './store.ts';

const DEFAULT_TIMERS_S = { refresh: 3600, retry: 600, expire: 86_400, minimumTtl: 300 } as const;
const MAX_TIMER_S = 2_147_483_647;

/**
 * The zones, the same for REST and gRPC. A timer of 0 takes its default. Everything throws
 * permission_denied; see mcns.proto for the other errors.
 */
export interface Zones {
  list(caller: Caller): Zone[];
  get(caller: Caller, name: string): Zone;
  create(caller: Caller, input: ZoneData): Zone;
  update(caller: Caller, input: ZoneData): Zone;
  remove(caller: Caller, name: string): void;
  /** Makes those that are missing and leaves the others as they are; then answers for all that are stored. */
  seed(inputs: readonly ZoneData[]): void;
}

interface Parts {
  store: Store;
  index: ZoneIndex;
  log: Logger;
  now?: () => Date;
}

export function createZones({ store, index, log, now = () => new Date() }: Parts): Zones {
  function publish(zone: Zone): Zone {
    index.publish(zone, store.listRecords(zone.name));
    return zone;
  }

  return {
    list(caller) {
      requireReader(caller);
      return store.listZones();
    },
    get(caller, name) {
      requireReader(caller);
      const zone = store.findZone(zoneKey(name));
      if (!zone) throw zoneNotFound(zoneKey(name));
      return zone;
    },
    create(caller, input) {
      requireZoneManager(caller);
      const zone = publish(store.createZone(requireZoneData(input), now()));
      log.info({ caller: caller.name, zone: zone.name }, 'zone created');
      return zone;
    },
    update(caller, input) {
      requireZoneManager(caller);
      const zone = publish(store.updateZone(requireZoneData(input), now()));
      log.info({ caller: caller.name, zone: zone.name }, 'zone updated');
      return zone;
    },
    remove(caller, name) {
      requireZoneManager(caller);
      const zone = zoneKey(name);
      if (!store.deleteZone(zone)) throw zoneNotFound(zone);
      index.withdraw(zone);
      log.info({ caller: caller.name, zone }, 'zone deleted');
    },
    seed(inputs) {
      for (const input of inputs.map(requireZoneData)) {
        if (store.findZone(input.name)) continue;
        store.createZone(input, now());
        log.info({ zone: input.name }, 'zone created from the configuration');
      }
      for (const zone of store.listZones()) publish(zone);
    },
  };
}

/** The form in which a zone's name is stored, of any spelling of it. */
export function zoneKey(name: string): string {
  return lowerCase(name).replace(/\.$/, '');
}

function requireZoneData(input: ZoneData): ZoneData {
  if (input.adminEmail.includes('@')) {
    const asName = input.adminEmail.replace('@', '.');
    throw invalid('admin_email', `must be a name, "${asName}" for ${input.adminEmail} (RFC 1035 3.3.13)`);
  }
  return {
    name: requireHostname(input.name, 'name'),
    primaryNs: requireHostname(input.primaryNs, 'primary_ns'),
    adminEmail: requireHostname(input.adminEmail, 'admin_email'),
    refresh: requireTimer(input.refresh || DEFAULT_TIMERS_S.refresh, 'refresh'),
    retry: requireTimer(input.retry || DEFAULT_TIMERS_S.retry, 'retry'),
    expire: requireTimer(input.expire || DEFAULT_TIMERS_S.expire, 'expire'),
    minimumTtl: requireTimer(input.minimumTtl || DEFAULT_TIMERS_S.minimumTtl, 'minimum_ttl'),
  };
}

function requireTimer(seconds: number, field: string): number {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_TIMER_S) return seconds;
  throw invalid(field, `must be 1 to ${MAX_TIMER_S} seconds, not ${seconds}`);
}

function invalid(field: string, reason: string): ServiceError {
  return new ServiceError('invalid_argument', `${field} ${reason}`, { details: { field } });
}
