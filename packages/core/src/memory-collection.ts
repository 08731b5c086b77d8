import type { JsonValue } from "./json.ts";
import { behind, type Entry, type ListOptions, pickFields } from "./store.ts";

/** Values by key, with listings in key order: a map, and its keys sorted when somebody lists them. */
export class MemoryCollection {
  readonly #values = new Map<string, JsonValue>();
  /** All keys in order, or `null` when it is not known: sorted anew by the next listing. */
  #sorted: string[] | null = null;

  get(key: string): JsonValue | undefined {
    return this.#values.get(key);
  }

  /** The entries as they came. */
  entries(): Iterable<Entry> {
    return this.#values;
  }

  /** Puts the value, or deletes the key for `undefined`. */
  replace(key: string, value: JsonValue | undefined): void {
    if (value === undefined) this.#delete(key);
    else this.#put(key, value);
  }

  /** The entries whose key starts with `prefix`. O(log n + entries). */
  list(prefix: string, options: ListOptions): Entry[] {
    const { after, limit = Number.POSITIVE_INFINITY, reverse = false, fields } = options;
    this.#sorted ??= [...this.#values.keys()].sort();
    let [first, end] = [lowerBound(this.#sorted, prefix), lowerBound(this.#sorted, behind(prefix))];
    if (after !== undefined && reverse) end = Math.min(end, lowerBound(this.#sorted, after));
    else if (after !== undefined) first = Math.max(first, lowerBound(this.#sorted, `${after}\0`));
    if (reverse) first = Math.max(first, end - limit);
    else end = Math.min(end, first + limit);
    const entries = this.#sorted.slice(first, Math.max(first, end)).map((key): Entry => {
      const value = this.#values.get(key) ?? null;
      return [key, fields ? pickFields(value, fields) : value];
    });
    return reverse ? entries.reverse() : entries;
  }

  /** O(1). A key behind all others (as ids that sort by time are) keeps the order; another new one costs the next listing O(n log n). */
  #put(key: string, value: JsonValue): void {
    if (this.#sorted && !this.#values.has(key)) {
      const last = this.#sorted.at(-1);
      if (last === undefined || last < key) this.#sorted.push(key);
      else this.#sorted = null;
    }
    this.#values.set(key, value);
  }

  /** O(1), or one move of the keys behind it where the order is known. */
  #delete(key: string): void {
    if (this.#values.delete(key)) this.#sorted?.splice(lowerBound(this.#sorted, key), 1);
  }
}

/** The index of the first key that is not below `wanted`. */
function lowerBound(keys: readonly string[], wanted: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
