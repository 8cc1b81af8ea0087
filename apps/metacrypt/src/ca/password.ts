import { readFileSync, statSync } from 'node:fs';
import { ServiceError } from '@mcp/daemon/errors';

/**
 * Reads the password that unseals the CA, without its last newline. Throws
 * failed_precondition when the file is missing, empty, or open to others than its owner.
 */
export function readPassword(path: string): string {
  const password = readPrivateFile(path).replace(/\r?\n$/, '');
  if (password === '') throw refused(path, `it is empty; ${HOW_TO_MAKE_ONE(path)}`);
  return password;
}

function readPrivateFile(path: string): string {
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0)
      throw refused(path, `its mode is 0${mode.toString(8)}, so others can read it; run: chmod 0600 ${path}`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    throw refused(path, HOW_TO_MAKE_ONE(path), { cause });
  }
}

const HOW_TO_MAKE_ONE = (path: string) =>
  `make one with: (umask 077; head -c 32 /dev/urandom | base64 > ${path})`;

function refused(path: string, reason: string, options?: ErrorOptions): ServiceError {
  return new ServiceError('failed_precondition', `read seal.password_file ${path}: ${reason}`, options);
}
