import { CommandError } from './exit.ts';

/** Reads a count in decimal, 1 or more, that fits a uint32. Throws CommandError (usage). */
export function parseCount(text: string, { option, of }: { option: string; of: string }): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && count < 2 ** 32) return count;
  throw new CommandError('usage', 'usage', `${option} "${text}": expected a number of ${of}, at least 1`);
}
