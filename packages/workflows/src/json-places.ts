/** Where the values of a JSON text lie: the offset of the one at a path, or undefined. */
export type JsonPlaces = (path: readonly (string | number)[]) => number | undefined;

/** A key that stands in its object already. */
export interface DuplicateKey {
  readonly key: string;
  readonly offset: number;
  /** That of the object, its parts joined by slashes. */
  readonly path: string;
}

/** An object or a list that is being read. */
interface Container {
  readonly above: Container | undefined;
  /** Keys so far; null for a list. */
  readonly keys: Set<string> | null;
  /** Of the value that comes next: its key or index. */
  next: string | number;
}

interface Visitor {
  readonly value?: (container: Container | undefined, offset: number) => void;
  readonly duplicate?: (container: Container, offset: number) => void;
}

/** The places in a text that `JSON.parse` has accepted. One pass, O(length); a look-up O(path). */
export function jsonPlaces(text: string): JsonPlaces {
  const offsets = new Map<string, number>();
  walk(text, { value: (container, offset) => offsets.set(pathOf(container), offset) });
  return (path) => offsets.get(path.map((part) => `/${escaped(part)}`).join(""));
}

/** The keys that stand twice in one object, in a text that `JSON.parse` has accepted. One pass, O(length). */
export function duplicateKeys(text: string): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  const duplicate = (container: Container, offset: number) =>
    found.push({ key: String(container.next), offset, path: pathOf(container.above) });
  walk(text, { duplicate });
  return found;
}

/**
 * Where the first object or list opens that lies in `levels` others, or undefined. One pass, O(length), that keeps
 * nothing; the text need not be JSON. Brackets in strings do not count.
 */
export function deeperThan(text: string, levels: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === '"') inString = !inString;
    else if (inString) {
      // What is escaped, a quote among others, does not end the string.
      if (char === "\\") index++;
    } else if (char === "[" || char === "{") {
      if (++depth > levels) return index;
    } else if (char === "]" || char === "}") depth--;
  }
  return undefined;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s{}[\],:"]+/g;

function walk(text: string, { value, duplicate }: Visitor): void {
  let container: Container | undefined;
  // Whether a string is a key: in an object, where none was read yet for the value to come.
  let wantsKey = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === "}" || token === "]") {
      container = container?.above;
      wantsKey = false;
    } else if (token === ",") {
      if (container?.keys === null) container.next = Number(container.next) + 1;
      wantsKey = container?.keys !== null;
    } else if (wantsKey && container?.keys) {
      container.next = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
      if (container.keys.has(container.next)) duplicate?.(container, index);
      container.keys.add(container.next);
      wantsKey = false;
    } else {
      value?.(container, index);
      if (token === "{" || token === "[")
        container = { above: container, keys: token === "{" ? new Set() : null, next: 0 };
      wantsKey = token === "{";
    }
  }
}

/** The path of the value that comes next in `container`. */
function pathOf(container: Container | undefined): string {
  let path = "";
  for (let each = container; each; each = each.above) path = `/${escaped(each.next)}${path}`;
  return path;
}

const escaped = (part: string | number): string => String(part).replaceAll("~", "~0").replaceAll("/", "~1");
