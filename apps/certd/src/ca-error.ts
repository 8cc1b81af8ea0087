import { ServiceError } from '@mcp/daemon/errors';

const URN_PREFIX = 'urn:ietf:params:acme:error:';

/** An HTTP answer of a CA that is a refusal. */
export class CaRefusal extends Error {
  override readonly name = 'CaRefusal';
  readonly status: number;
  /** The problem's type without its prefix, or "" when there is none. */
  readonly type: string;
  /** Seconds, or a date, as the CA sent it. */
  readonly retryAfter: string | undefined;

  constructor(status: number, body: unknown, retryAfter: string | undefined) {
    const { type, detail, error } = fieldsOf(body);
    super(detail ?? error ?? `HTTP status ${status}`);
    this.status = status;
    this.type = type?.replace(URN_PREFIX, '') ?? '';
    this.retryAfter = retryAfter;
  }
}

function fieldsOf(body: unknown): { type?: string; detail?: string; error?: string } {
  if (typeof body !== 'object' || body === null) return {};
  const text = (key: string) => {
    const value: unknown = Reflect.get(body, key);
    return typeof value === 'string' ? { [key]: value } : {};
  };
  return { ...text('type'), ...text('detail'), ...text('error') };
}

/**
 * Says in our words what went wrong while `doing` something at a CA: its refusal is
 * failed_precondition, its rate limit resource_exhausted, and everything that keeps us from
 * reaching it unavailable.
 */
export function fromCa(
  issuer: { name: string; directory_url: string },
  doing: string,
): (error: unknown) => never {
  return (error) => {
    if (error instanceof ServiceError) throw error;
    const where = `issuer ${issuer.name}: ${doing}`;
    if (error instanceof CaRefusal) throw fromRefusal(error, issuer, where);
    const code = codeOf(error);
    if (code === undefined) throw new ServiceError('failed_precondition', where, { cause: error });
    const hint = isTrustCode(code)
      ? `the TLS certificate of ${issuer.directory_url} is not trusted; check ca_cert of the issuer`
      : `${issuer.directory_url} cannot be reached; check that the CA runs and the URL is right`;
    throw new ServiceError('unavailable', `${where}: ${hint}`, { cause: error });
  };
}

function fromRefusal(refusal: CaRefusal, issuer: { directory_url: string }, where: string): ServiceError {
  const reason = `${refusal.message}${refusal.type === '' ? '' : ` (${refusal.type})`}`;
  if (refusal.type === 'rateLimited' || refusal.status === 429) {
    const when = refusal.retryAfter === undefined ? 'later' : `after ${refusal.retryAfter}`;
    return new ServiceError('resource_exhausted', `${where}: the CA limits the rate, try ${when}: ${reason}`);
  }
  if (refusal.status >= 500)
    return new ServiceError('unavailable', `${where}: ${issuer.directory_url} has a problem: ${reason}`);
  return new ServiceError('failed_precondition', `${where}: the CA refuses: ${reason}`);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** OpenSSL's verification errors and Node's own; they have no common prefix. */
function isTrustCode(code: string): boolean {
  return /CERT|^ERR_TLS_|^ERR_SSL_|UNABLE_TO_VERIFY/.test(code);
}
