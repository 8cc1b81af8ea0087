import type { PortsConfig } from './config.ts';

/**
 * Yields every port of the inclusive range that is not in `taken`, once, in random order:
 * from a random start with a stride that has no factor in common with the range's size.
 */
export function* candidatePorts(
  { first, last }: Pick<PortsConfig, 'first' | 'last'>,
  taken: ReadonlySet<number>,
  random: () => number = Math.random,
): Generator<number> {
  const size = last - first + 1;
  const start = Math.floor(random() * size);
  let stride = 1 + Math.floor(random() * size);
  while (greatestCommonDivisor(stride, size) !== 1) stride += 1;
  for (let index = 0; index < size; index++) {
    const port = first + ((start + index * stride) % size);
    if (!taken.has(port)) yield port;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
