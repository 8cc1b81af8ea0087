import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceError } from '@mcp/daemon/errors';
import { writeFileAtomically } from '@mcp/daemon/write-file';

const FOLDER_MODE = 0o750;
const CHAIN_MODE = 0o644;
const KEY_MODE = 0o600;

/** What is in a hostname's two files, PEM. */
export interface Pair {
  chain: string;
  private_key: string;
}

/** The folder of certificates. Throws failed_precondition when it cannot be written. */
export interface CertificateFiles {
  certificatePath(base: string): string;
  keyPath(base: string): string;
  /** Replaces both files, the key first; each is whole at any time. */
  write(base: string, pair: Pair): void;
  /** True when both files are there, with these contents and the key for its owner only. */
  areIntact(base: string, pair: Pair): boolean;
  /** Removes both files; missing ones are fine. */
  remove(base: string): void;
}

export function createCertificateFiles(folder: string): CertificateFiles {
  const certificatePath = (base: string) => join(folder, `${base}.pem`);
  const keyPath = (base: string) => join(folder, `${base}.key`);
  return {
    certificatePath,
    keyPath,
    write(base, { chain, private_key }) {
      explain(`write ${certificatePath(base)}`, () => {
        mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
        writeFileAtomically(keyPath(base), private_key, KEY_MODE);
        writeFileAtomically(certificatePath(base), chain, CHAIN_MODE);
        syncFolder(folder);
      });
    },
    areIntact(base, { chain, private_key }) {
      return (
        contentOf(certificatePath(base)) === chain &&
        contentOf(keyPath(base)) === private_key &&
        (statSync(keyPath(base)).mode & 0o777) === KEY_MODE
      );
    },
    remove(base) {
      explain(`remove ${certificatePath(base)}`, () => {
        rmSync(certificatePath(base), { force: true });
        rmSync(keyPath(base), { force: true });
      });
    },
  };
}

/** Makes the renames survive a power loss. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function explain(operation: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw new ServiceError(
      'failed_precondition',
      `${operation}: check that [certificates] directory can be written`,
      { cause },
    );
  }
}
