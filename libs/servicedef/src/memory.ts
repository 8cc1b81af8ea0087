import { textForm } from './form.ts';

/** Largest first, so that a size is written with the unit that fits. */
const UNITS = { g: 1n << 30n, m: 1n << 20n, k: 1n << 10n, b: 1n } as const;

/** A size in bytes, "512m". */
export const memory = textForm('a size like "512m" (b, k, m or g)', (size) => {
  const [, amount, unit] = /^([0-9]{1,12})([bkmg])$/.exec(size.toLowerCase()) ?? [];
  if (amount === undefined || !isUnit(unit)) return undefined;
  const bytes = BigInt(amount) * UNITS[unit];
  return bytes > 0n ? bytes : undefined;
});

export function formatMemory(bytes: bigint): string {
  const unit = Object.keys(UNITS).find((name) => isUnit(name) && bytes % UNITS[name] === 0n);
  return isUnit(unit) ? `${bytes / UNITS[unit]}${unit}` : `${bytes}b`;
}

function isUnit(name: string | undefined): name is keyof typeof UNITS {
  return name !== undefined && Object.hasOwn(UNITS, name);
}
