import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { GeneratedConfig } from './haproxy-config.ts';
import type { Layout } from './haproxy-layout.ts';
import type { LiveState } from './live-state.ts';

/** The files that HAProxy starts from. Each is replaced as a whole, so that a start never sees half of one. */
export interface Files {
  /** Makes the folders. Safe to repeat. */
  prepare(): void;
  /** Writes the configuration and what it needs beside the state: the script, and maps of holds, empty. */
  writeConfig(config: GeneratedConfig, ports: readonly number[]): void;
  /** The private copy of a route's certificate, or undefined when there is none. */
  readCertificate(port: number, hostname: string): string | undefined;
  /** Makes the next `write` look at every file, in case another hand changed one. */
  forget(): void;
  /**
   * Makes maps, lists and certificates be what `state` says. A certificate is there before the
   * list that names it, and goes after it.
   */
  write(state: LiveState, pems: ReadonlyMap<string, { pem: string }>): void;
}

export function createFiles(layout: Layout): Files {
  /** What is in a file, as far as that was seen or written from here. */
  const written = new Map<string, string>();

  function read(path: string): string | undefined {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  function put(path: string, text: string): void {
    if ((written.get(path) ?? read(path)) === text) return void written.set(path, text);
    const temporary = `${path}.new`;
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
    written.set(path, text);
  }

  return {
    prepare() {
      mkdirSync(layout.certificates, { recursive: true, mode: 0o700 });
      chmodSync(layout.directory, 0o700);
    },
    writeConfig({ text, script }, ports) {
      for (const port of ports) put(layout.holdsMap(port), '');
      put(layout.script, script);
      put(layout.config, text);
    },
    readCertificate: (port, hostname) => read(layout.certificate(port, hostname)),
    forget: () => written.clear(),
    write(state, pems) {
      for (const path of state.certificates.keys()) put(path, pems.get(path)?.pem ?? '');
      for (const [path, entries] of state.lists) put(path, linesOf(entries));
      for (const [path, entries] of state.maps) put(path, linesOf(entries));
      for (const name of readdirSync(layout.certificates)) {
        const path = join(layout.certificates, name);
        if (state.certificates.has(path)) continue;
        rmSync(path);
        written.delete(path);
      }
    },
  };
}

function linesOf(entries: ReadonlyMap<string, string>): string {
  return [...entries].map(([key, value]) => `${key} ${value}\n`).join('');
}
