/** Numbers that look random and are a pure function of a seed. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number of `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** True this often: 0 never, 1 always. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** An entry, each as likely as its weight says. */
  weighted<Item>(items: readonly (readonly [item: Item, weight: number])[]): Item;
}

/** Mulberry32, by Tommy Ettinger: 32 bits of state, good enough for schedules. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length - 1)]!,
    weighted(items) {
      let left = next() * items.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of items) {
        if (left < weight) return item;
        left -= weight;
      }
      return items.at(-1)![0];
    },
  };
}
