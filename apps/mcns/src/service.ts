import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import type {
  Record,
  RecordServiceDefinition,
  RecordServiceImplementation,
  Zone,
  ZoneServiceDefinition,
  ZoneServiceImplementation,
} from '@mcp/proto/mcns';
import { ServiceError } from '@mcp/daemon/errors';
import type { Records } from './records.ts';
import type { StoredRecord } from './store.ts';
import type { Zones } from './zones.ts';

/** Which records a caller may change, permissions.ts says, for REST and gRPC alike. */
export const recordAccess: AccessMap<typeof RecordServiceDefinition> = {
  listRecords: 'caller',
  createRecord: 'caller',
  getRecord: 'caller',
  updateRecord: 'caller',
  deleteRecord: 'caller',
};

export const zoneAccess: AccessMap<typeof ZoneServiceDefinition> = {
  listZones: 'caller',
  createZone: 'admin',
  getZone: 'caller',
  updateZone: 'admin',
  deleteZone: 'admin',
};

export function createRecordService(records: Records): RecordServiceImplementation<CallerContext> {
  return {
    async listRecords({ zone, name, type }, { caller }) {
      return { records: records.list(caller, zone, { name, type }).map(toMessage) };
    },
    async createRecord({ record }, { caller }) {
      const input = required('record', record);
      return { record: toMessage(records.create(caller, input.zone, input)) };
    },
    async getRecord({ zone, id }, { caller }) {
      return { record: toMessage(records.get(caller, { zone, id: Number(id) })) };
    },
    async updateRecord({ record }, { caller }) {
      const input = required('record', record);
      const key = { zone: input.zone, id: Number(input.id) };
      return { record: toMessage(records.update(caller, key, input)) };
    },
    async deleteRecord({ zone, id }, { caller }) {
      records.remove(caller, { zone, id: Number(id) });
      return {};
    },
  };
}

export function createZoneService(zones: Zones): ZoneServiceImplementation<CallerContext> {
  return {
    async listZones(_request, { caller }) {
      return { zones: zones.list(caller) };
    },
    async createZone({ zone }, { caller }) {
      return { zone: zones.create(caller, required('zone', zone)) };
    },
    async getZone({ name }, { caller }) {
      return { zone: zones.get(caller, name) };
    },
    async updateZone({ zone }, { caller }) {
      return { zone: zones.update(caller, required('zone', zone)) };
    },
    async deleteZone({ name }, { caller }) {
      zones.remove(caller, name);
      return {};
    },
  };
}

function required<Message extends Record | Zone>(field: string, message: Message | undefined): Message {
  if (message === undefined)
    throw new ServiceError('invalid_argument', `${field} is required`, { details: { field } });
  return message;
}

function toMessage(record: StoredRecord): Record {
  return { ...record, id: BigInt(record.id) };
}
