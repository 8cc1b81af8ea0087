import { ServerError, Status, type Metadata, type ServerMiddleware } from 'nice-grpc-common';
import type { CompatServiceDefinition } from 'nice-grpc';
import { ServiceError } from './errors.ts';

/** What a caller is allowed, least first. */
export const roles = ['guest', 'user', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who calls: a person or a system account, as the verifier or the Unix socket says. */
export interface Caller {
  name: string;
  role: Role;
  /** Set for an account that may only write for one node. */
  node?: string;
}

/** Who may call an RPC: anybody, any caller but a guest, an operator, or an admin. */
export type Access = 'public' | 'caller' | 'operator' | 'admin';

/** One entry for every RPC of a service; an RPC without one is refused. */
export type AccessMap<Service extends CompatServiceDefinition> = Record<MethodName<Service>, Access>;

type MethodName<Service> = Service extends { methods: infer Methods } ? keyof Methods & string : string;

/** Says whose token it is, or undefined when it is nobody's. Throws unavailable when that cannot be found out. */
export type TokenVerifier = (token: string) => Promise<Caller | undefined>;

/** What every RPC finds in its call context. */
export interface CallerContext {
  caller: Caller;
}

const neededRole: Record<Exclude<Access, 'public'>, Role> = {
  caller: 'user',
  operator: 'operator',
  admin: 'admin',
};

/** Says whether `role` satisfies `access`. */
export function allows(access: Access, role: Role): boolean {
  return access === 'public' || roles.indexOf(role) >= roles.indexOf(neededRole[access]);
}

/** How a caller is told apart: by the mode of the Unix socket, or by a bearer token. */
export type Authentication = { by: 'socket' } | { by: 'token'; verify: TokenVerifier };

/**
 * Refuses every call that `accessByPath` (full method path, "/package.Service/Method")
 * does not allow, and puts the caller into the context of the others.
 */
export function accessMiddleware(
  accessByPath: ReadonlyMap<string, Access>,
  authentication: Authentication,
): ServerMiddleware<CallerContext> {
  return async function* checkAccess(call, context) {
    const access = accessByPath.get(call.method.path);
    if (access === undefined)
      throw new ServerError(Status.PERMISSION_DENIED, `${call.method.path} is not open to anyone`);
    const caller = await identify(authentication, context.metadata, access);
    if (!allows(access, caller.role)) {
      const needed = access === 'public' ? 'nothing' : neededRole[access];
      throw new ServerError(
        Status.PERMISSION_DENIED,
        `${call.method.path} needs role ${needed}, ${caller.name} is ${caller.role}`,
      );
    }
    return yield* call.next(call.request, { ...context, caller });
  };
}

const ANONYMOUS: Caller = { name: 'anonymous', role: 'guest' };

async function identify(authentication: Authentication, metadata: Metadata, access: Access): Promise<Caller> {
  if (authentication.by === 'socket') return { name: 'local', role: 'admin' };
  if (access === 'public') return ANONYMOUS;
  const header = metadata.get('authorization');
  const token = header?.match(/^Bearer (\S+)$/)?.[1];
  if (token === undefined) {
    throw new ServerError(Status.UNAUTHENTICATED, 'a bearer token is required over TCP');
  }
  const caller = await authentication.verify(token).catch((cause: unknown) => {
    if (cause instanceof ServiceError) throw cause;
    throw new ServiceError('unavailable', 'verify the bearer token', { cause });
  });
  if (!caller) throw new ServerError(Status.UNAUTHENTICATED, 'the bearer token is not valid');
  return caller;
}
