import type { Caller } from './access.ts';
import { ServiceError } from './errors.ts';

const OWNER = /^([a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)\/([a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)$/;

/** The key every effect is filed under: "<node>/<service>". */
export function ownerOf(node: string, service: string): string {
  return `${node}/${service}`;
}

/**
 * Returns `owner` when it is "<node>/<service>" and the caller may write for that node.
 * Throws invalid_argument or permission_denied.
 */
export function requireOwner(owner: string, caller: Caller): string {
  const match = OWNER.exec(owner);
  if (!match) {
    throw new ServiceError('invalid_argument', `owner must be "<node>/<service>", not "${owner}"`, {
      details: { field: 'owner' },
    });
  }
  if (caller.node !== undefined && caller.node !== match[1]) {
    throw new ServiceError(
      'permission_denied',
      `${caller.name} may only write for node ${caller.node}, not ${owner}`,
      {
        details: { owner },
      },
    );
  }
  return owner;
}
