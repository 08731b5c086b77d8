/** A key that stands in its object already. */
export interface DuplicateKey {
  readonly key: string;
  readonly offset: number;
  /** The path of the object, its parts joined by dots. */
  readonly path: string;
}

/** What is looked for: a value, and values in it. */
interface Wanted {
  offset: number | undefined;
  readonly parts: Map<string, Wanted>;
}

/** An object or a list that is being read. */
interface Container {
  readonly above: Container | null;
  /** Keys so far; null for a list. */
  readonly keys: Set<string> | null;
  /** Of the value that comes next: its key or index. */
  next: string | number;
  /** What is looked for in it. */
  readonly wanted: Wanted | null;
}

interface Visitor {
  readonly wanted: Wanted | null;
  readonly duplicate?: (container: Container, offset: number) => void;
}

/**
 * Where values lie in a text that `JSON.parse` has accepted: for each path the offset of its value, or of the nearest one
 * around it that exists. One pass for all: O(length + parts of the paths).
 */
export function jsonPlaces(text: string, paths: readonly (readonly string[])[]): number[] {
  const root: Wanted = { offset: undefined, parts: new Map() };
  for (const path of paths) {
    let at = root;
    for (const part of path) {
      const below = at.parts.get(part) ?? { offset: undefined, parts: new Map() };
      at.parts.set(part, below);
      at = below;
    }
  }
  walk(text, { wanted: root });
  return paths.map((path) => {
    let at: Wanted | undefined = root;
    let offset = root.offset ?? 0;
    for (const part of path) {
      at = at?.parts.get(part);
      offset = at?.offset ?? offset;
    }
    return offset;
  });
}

/** The keys that stand twice in one object, in a text that `JSON.parse` has accepted. One pass, O(length). */
export function duplicateKeys(text: string): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  const duplicate = (container: Container, offset: number) =>
    found.push({ key: String(container.next), offset, path: pathOf(container.above) });
  walk(text, { wanted: null, duplicate });
  return found;
}

/** What one look at a text tells of it. */
export interface JsonShape {
  /** Where the first object or list opens that lies in too many others, or undefined. */
  readonly tooDeep: number | undefined;
  /** How many keys its objects have, repeated ones included. */
  readonly keys: number;
}

/**
 * How many keys a text has, and where an object or a list lies in more than `levels` others: there the look ends. One
 * pass, O(length), that keeps nothing; the text need not be JSON. Brackets in strings do not count.
 */
export function jsonShape(text: string, levels: number): JsonShape {
  let [depth, keys] = [0, 0];
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === QUOTE) index = endOfString(text, index) - 1;
    else if (char === COLON) keys++;
    else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      if (++depth > levels) return { tooDeep: index, keys };
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth--;
  }
  return { tooDeep: undefined, keys };
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACE = 0x20;

/** Behind the string that begins at `start`; the end of the text where it has none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

function endOfLiteral(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length) {
    const char = text.charCodeAt(end);
    if (char <= SPACE || char === COMMA || char === CLOSE_LIST || char === CLOSE_OBJECT) break;
    end++;
  }
  return end;
}

function walk(text: string, { wanted: root, duplicate }: Visitor): void {
  let container: Container | null = null;
  // Whether a string is a key: in an object, where none was read yet for the value to come.
  let wantsKey = false;
  for (let at = 0; at < text.length; ) {
    const char = text.charCodeAt(at);
    if (char <= SPACE || char === COLON) at++;
    else if (char === CLOSE_OBJECT || char === CLOSE_LIST) {
      container = above(container);
      wantsKey = false;
      at++;
    } else if (char === COMMA) {
      wantsKey = nextValue(container);
      at++;
    } else if (wantsKey && container !== null) {
      const end = endOfString(text, at);
      readKey(container, text.slice(at, end), () => duplicate?.(container as Container, at));
      wantsKey = false;
      at = end;
    } else {
      const wanted: Wanted | null = container === null ? root : wantedIn(container);
      if (wanted !== null) wanted.offset = at;
      wantsKey = char === OPEN_OBJECT;
      if (wantsKey || char === OPEN_LIST)
        container = { above: container, keys: wantsKey ? new Set() : null, next: 0, wanted };
      at = endOfToken(text, at, char);
    }
  }
}

const above = (container: Container | null): Container | null => container?.above ?? null;

const wantedIn = ({ wanted, next }: Container): Wanted | null => wanted?.parts.get(String(next)) ?? null;

/** Behind a comma: whether a key follows. */
function nextValue(container: Container | null): boolean {
  if (container === null) return false;
  if (container.keys === null) container.next = Number(container.next) + 1;
  return container.keys !== null;
}

function readKey(container: Container, token: string, onDuplicate: () => void): void {
  const key = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
  container.next = key;
  if (container.keys?.has(key)) onDuplicate();
  else container.keys?.add(key);
}

/** Behind a string, a literal, or the bracket that opens an object or a list. */
function endOfToken(text: string, start: number, char: number): number {
  if (char === OPEN_OBJECT || char === OPEN_LIST) return start + 1;
  return char === QUOTE ? endOfString(text, start) : endOfLiteral(text, start);
}

/** The path of the value that comes next in `container`, as problems have it. */
function pathOf(container: Container | null): string {
  const parts: string[] = [];
  for (let each = container; each; each = each.above)
    parts.unshift(typeof each.next === "number" ? `[${each.next}]` : `.${each.next}`);
  return parts.join("").replace(/^\./, "");
}
