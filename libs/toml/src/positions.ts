import { parse } from 'smol-toml';

/**
 * A key, table or list item of a TOML text: where its key and its value begin, as offsets in
 * UTF-16 units, and what is below it. The value of a table with a header begins at the bracket
 * of that header. An item of a list has no key: both are where the item begins.
 */
export interface Place {
  key: number;
  value: number;
  children: Map<string | number, Place>;
  /** The last item of a list of tables, which a later header goes on with. */
  lastItem?: Place;
}

interface KeyPart {
  name: string;
  at: number;
}

/**
 * Finds the places of everything in `text`, which must be TOML that smol-toml accepts: it is
 * walked here, not checked. The root has offset 0.
 */
export function findPlaces(text: string): Place {
  const root = newPlace(0);
  let table = root;
  let at = 0;

  const skipSpaces = (): void => {
    while (text[at] === ' ' || text[at] === '\t') at++;
  };

  /** Passes blanks and comments, and says whether anything follows. */
  const hasMore = (): boolean => {
    for (; at < text.length; at++) {
      if (text[at] === '#') at = endOfLine(text, at);
      else if (!' \t\r\n'.includes(text.charAt(at))) return true;
    }
    return false;
  };

  const keyParts = (): KeyPart[] => {
    const parts: KeyPart[] = [];
    for (; ; at++) {
      skipSpaces();
      const start = at;
      at = isQuote(text[at]) ? endOfString(text, at) : endOfBareKey(text, at);
      parts.push({ name: unquote(text.slice(start, at)), at: start });
      skipSpaces();
      if (text[at] !== '.') return parts;
    }
  };

  const assignment = (target: Place): void => {
    const place = keyParts().reduce(child, target);
    skipSpaces();
    at++;
    skipSpaces();
    place.value = at;
    value(place);
  };

  const value = (place: Place): void => {
    const first = text[at];
    if (first === '[') items(place);
    else if (first === '{') entries(place);
    else at = isQuote(first) ? endOfString(text, at) : endOfScalar(text, at);
  };

  /** Calls `one` for each part between the bracket at hand and `close`; always gets on by a character. */
  const between = (close: string, one: () => void): void => {
    at++;
    while (hasMore() && text[at] !== close) {
      const start = at;
      if (text[at] !== ',') one();
      if (at === start) at++;
    }
    at++;
  };

  const items = (list: Place): void =>
    between(']', () => {
      const item = newPlace(at);
      list.children.set(list.children.size, item);
      value(item);
    });

  const entries = (inline: Place): void => between('}', () => assignment(inline));

  const header = (): void => {
    const bracket = at;
    const isListItem = text[at + 1] === '[';
    at += isListItem ? 2 : 1;
    const parts = keyParts();
    at = endOfLine(text, at);
    const place = parts.reduce((parent, part) => child(parent.lastItem ?? parent, part), root);
    const key = parts.at(-1)?.at ?? bracket;
    if (!isListItem) {
      table = Object.assign(place, { key, value: bracket });
      return;
    }
    if (place.children.size === 0) place.value = bracket;
    table = { ...newPlace(key), value: bracket };
    place.children.set(place.children.size, table);
    place.lastItem = table;
  };

  while (hasMore()) {
    if (text[at] === '[') header();
    else assignment(table);
  }
  return root;
}

/** Returns what is at `path` below `root`. */
export function findPlace(root: Place, path: readonly (string | number)[]): Place | undefined {
  return path.reduce<Place | undefined>((place, step) => place?.children.get(step), root);
}

function newPlace(at: number): Place {
  return { key: at, value: at, children: new Map() };
}

function child(parent: Place, { name, at }: KeyPart): Place {
  const known = parent.children.get(name);
  if (known) return known;
  const place = newPlace(at);
  parent.children.set(name, place);
  return place;
}

function isQuote(character: string | undefined): boolean {
  return character === '"' || character === "'";
}

function unquote(key: string): string {
  if (!isQuote(key[0])) return key;
  return key[0] === '"' && key.includes('\\') ? String(parse(`key = ${key}`)['key']) : key.slice(1, -1);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function endOfBareKey(text: string, at: number): number {
  while (/[A-Za-z0-9_-]/.test(text.charAt(at))) at++;
  return at;
}

function endOfScalar(text: string, at: number): number {
  while (at < text.length && !',]}#\n'.includes(text.charAt(at))) at++;
  return at;
}

function endOfString(text: string, at: number): number {
  const quote = text.charAt(at);
  const isMultiline = text.startsWith(quote.repeat(3), at);
  const close = isMultiline ? quote.repeat(3) : quote;
  for (at += close.length; at < text.length && !text.startsWith(close, at); at++) {
    if (quote === '"' && text[at] === '\\') at++;
  }
  at += close.length;
  // Up to two quotes right before the closing three belong to the string.
  for (let extra = 0; isMultiline && extra < 2 && text[at] === quote; extra++) at++;
  return at;
}
