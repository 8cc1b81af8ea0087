import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { roles, type Caller, type TokenVerifier } from './access.ts';
import { ServiceError } from './errors.ts';

const TokenFile = v.strictObject({
  tokens: v.array(
    v.strictObject({
      /** The account's name. */
      name: v.pipe(v.string(), v.nonEmpty()),
      role: v.picklist(roles),
      /** Lower-case hexadecimal SHA-256 of the token. */
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')),
      /** The only node the account may write for. */
      node: v.optional(v.string()),
    }),
  ),
});

/** SHA-256 of a token, lower-case hexadecimal: the form in which a token file keeps it. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * A verifier over a TOML file of `[[tokens]]` (name, role, sha256, node). The file is read
 * again when it changes, so that a token can be revoked without a restart; one that cannot
 * be read or does not fit lets nobody in (unavailable).
 */
export function createTokenFileVerifier(path: string): TokenVerifier {
  let loaded: { version: string; callers: Map<string, Caller> } | undefined;
  return async (token) => {
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (loaded?.version !== version) loaded = { version, callers: readTokenFile(path) };
    } catch (cause) {
      throw new ServiceError('unavailable', `read token file ${path}`, { cause });
    }
    return loaded.callers.get(hashToken(token));
  };
}

function readTokenFile(path: string): Map<string, Caller> {
  const { tokens } = v.parse(TokenFile, parse(readFileSync(path, 'utf8')));
  return new Map(
    tokens.map(({ name, role, sha256, node }) => [
      sha256,
      node === undefined ? { name, role } : { name, role, node },
    ]),
  );
}
