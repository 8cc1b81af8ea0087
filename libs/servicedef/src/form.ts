import type { TomlValue } from 'smol-toml';
import { quote } from './quote.ts';

/** A value in its final type, or what is wrong with it, to be read after the field's name. */
export type Checked<T> = { value: T } | { complaint: string };

/** Checks a TOML value and turns it into the type of the spec. Integers come as bigint. */
export type Form<T> = (value: TomlValue) => Checked<T>;

export function mustBe(expected: string, value: TomlValue): { complaint: string } {
  return { complaint: `must be ${expected}, not ${describe(value)}` };
}

/** A form of text; `read` returns undefined for what is not `expected`. */
export function textForm<T>(expected: string, read: (text: string) => T | undefined): Form<T> {
  return (value) => {
    const result = typeof value === 'string' ? read(value) : undefined;
    return result === undefined ? mustBe(expected, value) : { value: result };
  };
}

/** A form of text that matches `pattern` whole and is taken as it is. */
export function patternForm(expected: string, pattern: RegExp): Form<string> {
  return textForm(expected, (text) => (pattern.test(text) ? text : undefined));
}

/** One of the words of `choices`, which gives the value of each. */
export function choiceForm<T>(choices: Readonly<Record<string, T>>): Form<T> {
  const words = Object.keys(choices).map(quote).join(' or ');
  return textForm(words, (text) => (Object.hasOwn(choices, text) ? choices[text] : undefined));
}

export function integerForm({ min, max }: { min: number; max: number }): Form<number> {
  return (value) =>
    typeof value === 'bigint' && value >= min && value <= max
      ? { value: Number(value) }
      : mustBe(`an integer from ${min} to ${max}`, value);
}

/** Text as a process can take it: the kernel ends a string at NUL. */
export const text = textForm('text', (text) => (text.includes('\0') ? undefined : text));

export const flag: Form<boolean> = (value) =>
  typeof value === 'boolean' ? { value } : mustBe('true or false', value);

export const positiveNumber: Form<number> = (value) => {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && number > 0 && Number.isFinite(number)
    ? { value: number }
    : mustBe('a number above 0', value);
};

/** A port a service can be reached at. */
export const port = integerForm({ min: 1, max: 65535 });

export function describe(value: TomlValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return describeFloat(value);
  if (typeof value === 'bigint') return shorten(value.toString());
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return value instanceof Date ? 'a date' : 'a table';
}

/** As TOML writes it. */
function describeFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', 'inf').toLowerCase();
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function shorten(digits: string): string {
  return digits.length > 40 ? `${digits.slice(0, 40)}…` : digits;
}
