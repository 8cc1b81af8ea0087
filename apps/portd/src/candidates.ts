import type { PortsConfig } from './config.ts';
import type { PortRange } from './ephemeral-ports.ts';

/**
 * Yields every port of the inclusive range that is not in `taken`, once, in random order: those first
 * that the kernel does not give to outgoing connections.
 */
export function* candidatePorts(
  range: Pick<PortsConfig, 'first' | 'last'>,
  { taken, ephemeral }: { taken: ReadonlySet<number>; ephemeral: PortRange },
  random: () => number = Math.random,
): Generator<number> {
  const isEphemeral = (port: number) => port >= ephemeral.first && port <= ephemeral.last;
  for (const port of inRandomOrder(range, random)) if (!taken.has(port) && !isEphemeral(port)) yield port;
  for (const port of inRandomOrder(range, random)) if (!taken.has(port) && isEphemeral(port)) yield port;
}

/** From a random start with a stride that has no factor in common with the range's size. */
function* inRandomOrder({ first, last }: PortRange, random: () => number): Generator<number> {
  const size = last - first + 1;
  const start = Math.floor(random() * size);
  let stride = 1 + Math.floor(random() * size);
  while (greatestCommonDivisor(stride, size) !== 1) stride += 1;
  for (let index = 0; index < size; index++) yield first + ((start + index * stride) % size);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
