import { allows, type Caller } from '@mcp/daemon/access';
import { ServiceError } from '@mcp/daemon/errors';

/** The system account that may change any record. */
const AGENT_ACCOUNT = 'mcp-agent';

/** Throws permission_denied for a guest. */
export function requireReader(caller: Caller): void {
  if (!allows('caller', caller.role)) throw denied(`${caller.name} is a guest and may not read zones`);
}

/** Throws permission_denied unless the caller manages zones. */
export function requireZoneManager(caller: Caller): void {
  if (!allows('admin', caller.role))
    throw denied(`managing zones needs role admin, ${caller.name} is ${caller.role}`);
}

/**
 * Throws permission_denied unless the caller may change every record of `names` (relative to
 * the zone): an admin and mcp-agent any, another operator only those named like its account.
 */
export function requireRecordEditor(caller: Caller, names: readonly string[]): void {
  requireReader(caller);
  if (allows('admin', caller.role) || caller.name === AGENT_ACCOUNT) return;
  if (!allows('operator', caller.role)) throw denied(`${caller.name} may read records, not change them`);
  const foreign = names.find((name) => name !== caller.name);
  if (foreign !== undefined)
    throw denied(`${caller.name} may only change records named ${caller.name}, not ${foreign}`);
}

function denied(message: string): ServiceError {
  return new ServiceError('permission_denied', message);
}
