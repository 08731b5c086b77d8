import { MAX_JSON_DEPTH } from "@orch/core";
import { lookAtJson } from "./json-value.ts";

/** How a JSON text is read that is an object with one long list of objects. */
export interface ItemReading<Item extends object> {
  /** The key of the list. */
  readonly key: string;
  /** Gets each item as soon as it is parsed; what it returns stands in its place. Null ends the reading. */
  readonly read: (item: object) => Item | null;
}

/** What was read of such a text. */
interface ReadItems<Item> {
  /** The object, with an empty list under the key. */
  readonly value: Record<string, unknown>;
  readonly items: readonly Item[];
}

/**
 * Reads a text an item at a time: what an item is made from is gone before the next one is parsed, so that the list never
 * is in memory twice. Null where the text is something else, or where anything is wrong with it or an item: what, a look
 * at the whole tells. O(length).
 */
export function readItems<Item extends object>(
  text: string,
  { key, read }: ItemReading<Item>,
): ReadItems<Item> | null {
  const cursor: Cursor = { text, at: skipSpace(text, 0), keys: 0 };
  if (text.charCodeAt(cursor.at) !== OPEN_OBJECT) return null;
  cursor.at++;
  try {
    const list = findList(cursor, `"${key}"`) ? readList(cursor, read) : null;
    if (list === null || findList(cursor, null)) return null;
    const value: unknown = JSON.parse(`${text.slice(0, list.start)}[]${text.slice(list.end)}`);
    const { keys, isLossy } = lookAtJson(value);
    // Fewer keys than the text has: one stood twice.
    if (isLossy || keys + list.keys !== cursor.keys) return null;
    return { value: value as Record<string, unknown>, items: list.items };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Where one pass over a text is. The text need not be JSON: all its parts are parsed. */
interface Cursor {
  readonly text: string;
  at: number;
  /** Colons so far, which are as many as keys. */
  keys: number;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACE = 0x20;

/**
 * Moves, in the object that the text is, to the list under a key; else to the end of the object, or to what is wrong, and
 * returns false.
 */
function findList(cursor: Cursor, key: string | null): boolean {
  const { text } = cursor;
  while (cursor.at < text.length) {
    const char = text.charCodeAt(cursor.at);
    if (char === CLOSE_OBJECT) return false;
    if (char === OPEN_OBJECT || char === OPEN_LIST) {
      if (!skipValue(cursor, 1)) return false;
    } else if (char === QUOTE) {
      const start = cursor.at;
      const end = closingQuote(text, start) + 1;
      cursor.at = skipSpace(text, end);
      if (text.charCodeAt(cursor.at) !== COLON) continue;
      cursor.keys++;
      cursor.at = skipSpace(text, cursor.at + 1);
      if (key !== null && end - start === key.length && text.startsWith(key, start))
        return text.charCodeAt(cursor.at) === OPEN_LIST;
    } else cursor.at++;
  }
  return false;
}

interface ItemList<Item> {
  readonly items: Item[];
  /** How many keys are in the items. */
  readonly keys: number;
  /** Where the list is in the text. */
  readonly start: number;
  readonly end: number;
}

/** Reads the list that opens at the cursor, and moves behind it. Null where something else than objects is in it. */
function readList<Item>(cursor: Cursor, read: (item: object) => Item | null): ItemList<Item> | null {
  const { text, at: start } = cursor;
  const items: Item[] = [];
  let keys = 0;
  for (;;) {
    const from = skipSpace(text, cursor.at + 1);
    cursor.at = from;
    if (text.charCodeAt(from) !== OPEN_OBJECT || !skipValue(cursor, 2)) return null;
    const value = JSON.parse(text.slice(from, cursor.at)) as object;
    const look = lookAtJson(value);
    const item = look.isLossy ? null : read(value);
    if (item === null) return null;
    items.push(item);
    keys += look.keys;
    cursor.at = skipSpace(text, cursor.at);
    const next = text.charCodeAt(cursor.at);
    if (next === CLOSE_LIST) return { items, keys, start, end: ++cursor.at };
    if (next !== COMMA) return null;
  }
}

/** Moves behind the object or list that opens at the cursor, in `depth` others. False where it ends too late, or too deep. */
function skipValue(cursor: Cursor, depth: number): boolean {
  const { text } = cursor;
  let { at, keys } = cursor;
  for (let level = depth; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = closingQuote(text, at);
    else if (char === COLON) keys++;
    else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      if (++level > MAX_JSON_DEPTH) return false;
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) {
      if (--level > depth) continue;
      cursor.at = at + 1;
      cursor.keys = keys;
      return true;
    }
  }
  return false;
}

/** Where the string ends that begins at `start`; the end of the text where it does not. */
function closingQuote(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) break;
    if (char === BACKSLASH) at++;
  }
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}
