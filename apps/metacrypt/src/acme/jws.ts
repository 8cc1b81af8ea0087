import type { webcrypto } from 'node:crypto';
import { calculateJwkThumbprint, flattenedVerify, importJWK, type FlattenedJWSInput, type JWK } from 'jose';
import * as v from 'valibot';
import { AcmeProblem } from './problems.ts';

/** What an account key may sign with. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'] as const;
/** What an external account binding may be authenticated with. */
const MAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;

const Flattened = v.strictObject({ protected: v.string(), payload: v.string(), signature: v.string() });
export const Jwk = v.looseObject({ kty: v.string() });
const Header = v.looseObject({
  alg: v.string(),
  url: v.string(),
  nonce: v.optional(v.string()),
  kid: v.optional(v.string()),
  jwk: v.optional(Jwk),
});

/** A flattened JWS whose signature was not looked at yet. */
export interface Jws {
  flattened: FlattenedJWSInput;
  header: v.InferOutput<typeof Header>;
}

/** Reads a JWS that arrived as JSON (RFC 8555 section 6.2). Throws malformed. */
export function parseJws(value: unknown): Jws {
  const flattened = v.safeParse(Flattened, value);
  if (!flattened.success) throw new AcmeProblem('malformed', 'the request is not a flattened JWS');
  const header = v.safeParse(Header, parseJson(decode(flattened.output.protected)));
  if (!header.success) {
    throw new AcmeProblem('malformed', 'the protected header of the JWS must have alg and url');
  }
  return { flattened: flattened.output, header: header.output };
}

/** Checks the signature by an account key and returns the payload's text. */
export async function verifySignature({ flattened, header }: Jws, jwk: JWK): Promise<string> {
  if (!includes(ALGORITHMS, header.alg)) {
    throw new AcmeProblem('badSignatureAlgorithm', `alg ${header.alg} is not accepted`, {
      algorithms: ALGORITHMS,
    });
  }
  const key = await importPublicKey(jwk, header.alg);
  return verify(flattened, key, ALGORITHMS);
}

/** Checks the MAC of an external account binding and returns the payload's text. */
export async function verifyMac({ flattened, header }: Jws, hmacKey: Uint8Array): Promise<string> {
  if (!includes(MAC_ALGORITHMS, header.alg)) {
    throw new AcmeProblem('badSignatureAlgorithm', `alg ${header.alg} is not accepted for the binding`, {
      algorithms: MAC_ALGORITHMS,
    });
  }
  return verify(flattened, hmacKey, MAC_ALGORITHMS);
}

async function verify(
  flattened: FlattenedJWSInput,
  key: webcrypto.CryptoKey | Uint8Array,
  algorithms: readonly string[],
): Promise<string> {
  try {
    const { payload } = await flattenedVerify(flattened, key, { algorithms: [...algorithms] });
    return Buffer.from(payload).toString('utf8');
  } catch (cause) {
    throw new AcmeProblem('malformed', `the JWS does not verify: ${messageOf(cause)}`);
  }
}

async function importPublicKey(jwk: JWK, alg: string): Promise<webcrypto.CryptoKey> {
  if ('d' in jwk) throw new AcmeProblem('badPublicKey', 'jwk is a private key');
  try {
    const key = await importJWK(jwk, alg);
    if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
    return key;
  } catch (cause) {
    throw new AcmeProblem('badPublicKey', `jwk cannot be used with ${alg}: ${messageOf(cause)}`);
  }
}

/** The RFC 7638 thumbprint: what makes two account keys the same. Throws badPublicKey. */
export async function thumbprintOf(jwk: JWK): Promise<string> {
  try {
    return await calculateJwkThumbprint(jwk);
  } catch (cause) {
    throw new AcmeProblem('badPublicKey', `jwk cannot be used: ${messageOf(cause)}`);
  }
}

/** Reads a payload that must be JSON of a certain form. Throws malformed, with the first reason. */
export function readPayload<Schema extends v.GenericSchema>(
  text: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, parseJson(text));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue);
  throw new AcmeProblem('malformed', `payload${key === null ? '' : ` ${key}`}: ${issue.message}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AcmeProblem('malformed', 'the request is not JSON where it must be');
  }
}

function decode(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('utf8');
}

function includes(list: readonly string[], item: string): boolean {
  return list.includes(item);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
