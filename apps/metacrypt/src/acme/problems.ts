/** The types of RFC 8555 section 6.7 that this server answers, and their HTTP status. */
const problemStatus = {
  accountDoesNotExist: 400,
  alreadyRevoked: 400,
  badCSR: 400,
  badNonce: 400,
  badPublicKey: 400,
  badRevocationReason: 400,
  badSignatureAlgorithm: 400,
  externalAccountRequired: 403,
  malformed: 400,
  notFound: 404,
  methodNotAllowed: 405,
  unsupportedMediaType: 415,
  orderNotReady: 403,
  rejectedIdentifier: 403,
  serverInternal: 500,
  unauthorized: 403,
  unsupportedContact: 400,
  unsupportedIdentifier: 400,
} as const;

export type ProblemType = keyof typeof problemStatus;

/** Types of ours that only choose a status; on the wire they are "malformed". */
const malformedTypes: readonly ProblemType[] = ['notFound', 'methodNotAllowed', 'unsupportedMediaType'];

/** A problem document (RFC 7807) as ACME sends it. */
export interface ProblemDocument {
  type: string;
  detail: string;
  status: number;
  subproblems?: { type: string; detail: string; identifier: { type: string; value: string } }[];
  /** Of badSignatureAlgorithm: what is accepted. */
  algorithms?: readonly string[];
}

/** A request that is refused; `detail` is for the operator of the client. */
export class AcmeProblem extends Error {
  override readonly name = 'AcmeProblem';
  readonly document: ProblemDocument;

  constructor(
    type: ProblemType,
    detail: string,
    extra: Pick<ProblemDocument, 'subproblems' | 'algorithms'> = {},
  ) {
    super(detail);
    this.document = { type: problemUrn(type), detail, status: problemStatus[type], ...extra };
  }
}

export function problemUrn(type: ProblemType): string {
  return `urn:ietf:params:acme:error:${malformedTypes.includes(type) ? 'malformed' : type}`;
}
