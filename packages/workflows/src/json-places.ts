/** Where the parts of a JSON text lie. */
export interface JsonPlaces {
  /** Offset of the value at `path`, or undefined. */
  offsetOf(path: readonly (string | number)[]): number | undefined;
  /** Keys that stand twice in one object, each with its offset and the path of the object. */
  readonly duplicates: readonly { readonly key: string; readonly offset: number; readonly path: string }[];
}

interface Container {
  readonly path: string;
  /** Keys so far; null for a list. */
  readonly keys: Set<string> | null;
  /** Of the next value: its key or index. */
  next: string | number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s{}[\],:"]+/g;

/** Joins parts of a path so that no two paths give the same text. */
const below = (path: string, part: string | number): string =>
  `${path}/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** Finds the places in a text that `JSON.parse` has accepted. One pass, O(length). */
export function jsonPlaces(text: string): JsonPlaces {
  const offsets = new Map<string, number>();
  const duplicates: { key: string; offset: number; path: string }[] = [];
  const open: Container[] = [];
  // Whether a string is a key: in an object, where no key was read yet for the next value.
  let wantsKey = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const container = open.at(-1);
    if (token === "}" || token === "]") {
      open.pop();
      wantsKey = false;
    } else if (token === ",") {
      if (container?.keys === null) container.next = Number(container.next) + 1;
      wantsKey = container?.keys !== null;
    } else if (wantsKey && container?.keys) {
      const key = JSON.parse(token) as string;
      if (container.keys.has(key)) duplicates.push({ key, offset: index, path: container.path });
      container.keys.add(key);
      container.next = key;
      wantsKey = false;
    } else {
      const path = container ? below(container.path, container.next) : "";
      offsets.set(path, index);
      if (token === "{" || token === "[")
        open.push({ path, keys: token === "{" ? new Set() : null, next: 0 });
      wantsKey = token === "{";
    }
  }
  return {
    duplicates,
    offsetOf: (path) =>
      offsets.get(path.reduce(below as (path: string, part: string | number) => string, "") as string),
  };
}
