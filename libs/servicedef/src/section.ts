import type { TomlTable, TomlValue } from 'smol-toml';
import { describe, type Form } from './form.ts';
import { nearest } from './nearest.ts';
import type { Place } from '@mcp/toml/positions';
import type { ProblemLog } from './problem-log.ts';
import { quote } from './quote.ts';

/**
 * One table of the definition. Reading a key reports what is wrong with it and then returns
 * undefined, so that a reader goes on and finds the next problem.
 */
export interface Section {
  /** How messages call the table: `component "api"`. */
  readonly title: string;
  readonly keys: readonly string[];
  has(key: string): boolean;
  isList(key: string): boolean;
  /** Reports what is wrong with the value of `key`, or with the whole table when it lacks the key. */
  report(key: string, message: string): void;
  /** Reports what is wrong with a key itself. */
  reportKey(key: string, message: string): void;
  read<T>(key: string, form: Form<T>): T | undefined;
  readRequired<T>(key: string, form: Form<T>): T | undefined;
  /** An item that is wrong is undefined in the list, so that the others keep their index. */
  readList<T>(key: string, form: Form<T>): (T | undefined)[] | undefined;
  openTable(key: string, options: TableOptions): Section | undefined;
  openTables(key: string, options: TablesOptions): (Section | undefined)[] | undefined;
}

interface TableOptions {
  title: string;
  /** The keys it may have; without, any. */
  known?: readonly string[];
}

interface TablesOptions {
  title: (table: TomlTable, number: number) => string;
  known: readonly string[];
  max: number;
}

export function openSection(
  table: TomlTable,
  { place, log, title, known }: { place: Place; log: ProblemLog } & TableOptions,
): Section {
  const placeOf = (key: string): Place => place.children.get(key) ?? place;
  const report = (key: string, message: string): void => log.add(placeOf(key).value, message);
  const reportKey = (key: string, message: string): void => log.add(placeOf(key).key, message);
  const keys = Object.keys(table);

  for (const key of known ? keys : []) {
    if (!known?.includes(key)) reportKey(key, describeUnknown(key, title, known ?? []));
  }

  const section: Section = {
    title,
    keys,
    has: (key) => table[key] !== undefined,
    isList: (key) => Array.isArray(table[key]),
    report,
    reportKey,

    read(key, form) {
      const value = table[key];
      if (value === undefined) return undefined;
      const checked = form(value);
      if ('value' in checked) return checked.value;
      report(key, `${nameOf(key)} of ${title} ${checked.complaint}`);
      return undefined;
    },

    readRequired(key, form) {
      if (table[key] === undefined) log.add(place.value, `${title} lacks the required ${quote(key)}`);
      return section.read(key, form);
    },

    readList(key, form) {
      return listOf(key, 'a list')?.map((item, index) => {
        const checked = form(item);
        if ('value' in checked) return checked.value;
        const at = placeOf(key).children.get(index) ?? placeOf(key);
        log.add(at.value, `item ${index + 1} of ${nameOf(key)} of ${title} ${checked.complaint}`);
        return undefined;
      });
    },

    openTable(key, options) {
      const value = table[key];
      if (value === undefined) return undefined;
      if (isTable(value)) return openSection(value, { place: placeOf(key), log, ...options });
      report(key, `${nameOf(key)} of ${title} must be a table, not ${describe(value)}`);
      return undefined;
    },

    openTables(key, { title: titleOf, known, max }) {
      const values = listOf(key, 'a list of tables, each under a header in double brackets');
      if (values && values.length > max) {
        report(key, `${nameOf(key)} of ${title} must be at most ${max}, not ${values.length}`);
      }
      return values?.slice(0, max).map((value, index) => {
        const item = placeOf(key).children.get(index) ?? placeOf(key);
        if (isTable(value)) {
          return openSection(value, { place: item, log, title: titleOf(value, index + 1), known });
        }
        log.add(
          item.value,
          `item ${index + 1} of ${key} of ${title} must be a table, not ${describe(value)}`,
        );
        return undefined;
      });
    },
  };

  const listOf = (key: string, expected: string): TomlValue[] | undefined => {
    const value = table[key];
    if (value === undefined || Array.isArray(value)) return value;
    report(key, `${nameOf(key)} of ${title} must be ${expected}, not ${describe(value)}`);
    return undefined;
  };

  return section;
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

/** A key of the operator's own, in [build.images] or env, may hold anything. */
function nameOf(key: string): string {
  return /^[A-Za-z0-9_-]{1,80}$/.test(key) ? key : quote(key);
}

function describeUnknown(key: string, title: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  const hint = guess === undefined ? `it may have ${known.join(', ')}` : `did you mean ${quote(guess)}?`;
  return `unknown key ${quote(key)} in ${title}, ${hint}`;
}
