import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file whole or not at all: under a temporary name, with `mode` from its first byte on,
 * and to the disk before it is renamed into place. The caller syncs the folder where the rename
 * itself must survive a power loss.
 */
export function writeFileAtomically(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  // What a crash left there may have another mode.
  rmSync(temporary, { force: true });
  const descriptor = openSync(temporary, 'wx', mode);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
}
