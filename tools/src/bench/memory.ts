import { readFileSync } from 'node:fs';

/** Proportional set size of a process in MiB: what it alone uses plus its share of what it shares. */
export function proportionalSetSizeMib(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) / 1024;
}
