/** Characters of JSON that a page of a list has at most: about 2,000 tokens. */
const MOST_CHARACTERS = 7000;

/** A part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** What the next page is asked for with; null behind the last one. */
  readonly nextCursor: string | null;
}

/**
 * The items behind `cursor`, the key of the last item before them, in the order of their keys: at most `limit`, and fewer
 * where they are large, but one at least.
 */
export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<Item> {
  const left = cursor === undefined ? all : all.filter((item) => keyOf(item) > cursor);
  return cutPage(left, keyOf, limit);
}

/** The first items of a list that fit a page. */
export function cutPage<Item>(
  left: readonly Item[],
  keyOf: (item: Item) => string,
  limit: number,
): Page<Item> {
  const items: Item[] = [];
  let size = 0;
  for (const item of left.slice(0, limit)) {
    size += JSON.stringify(item).length;
    if (items.length > 0 && size > MOST_CHARACTERS) break;
    items.push(item);
  }
  const last = items.at(-1);
  return { items, nextCursor: items.length < left.length && last !== undefined ? keyOf(last) : null };
}
