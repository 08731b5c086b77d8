import { StorageError } from "./errors.ts";
import type { JsonValue } from "./json.ts";
import { collectionOf, type Entry, type ListOptions, type Store, type StoreTransaction } from "./store.ts";

/** A collection: its values, and its keys in order, sorted again only when listed after a new key came in. */
interface Collection {
  readonly values: Map<string, JsonValue>;
  sorted: string[] | null;
}

/** A store without a disk, for tests and throw-away work: the same behaviour, gone with the process. Values are kept by reference. */
export function memoryStore(): Store {
  const collections = new Map<string, Collection>();
  let open = true;
  let writing = false;

  const collection = (key: string): Collection => {
    if (!open) throw new StorageError("The store is closed", { retryable: false });
    const name = collectionOf(key);
    let found = collections.get(name);
    if (!found) {
      found = { values: new Map(), sorted: null };
      collections.set(name, found);
    }
    return found;
  };

  const set = (key: string, value: JsonValue | undefined): void => {
    const { values } = collection(key);
    const known = values.has(key);
    if (value === undefined) values.delete(key);
    else values.set(key, value);
    if (known !== (value !== undefined)) collection(key).sorted = null;
  };

  const get = (key: string): JsonValue | undefined => collection(key).values.get(key);
  const list = (prefix: string, options: ListOptions = {}): Entry[] => listIn(collection(prefix), prefix, options);

  return {
    get,
    list,
    transact(work) {
      if (!open) throw new StorageError("The store is closed", { retryable: false });
      if (writing) throw new StorageError("A transaction is under way already", { retryable: false });
      const before: (readonly [string, JsonValue | undefined])[] = [];
      const write = (key: string, value: JsonValue | undefined) => {
        before.push([key, get(key)]);
        set(key, value);
      };
      const tx: StoreTransaction = { get, list, put: write, delete: (key) => write(key, undefined) };
      writing = true;
      try {
        return work(tx);
      } catch (error) {
        for (const [key, value] of before.reverse()) set(key, value);
        throw error;
      } finally {
        writing = false;
      }
    },
    // Nobody else can write to it.
    foreignVersion: () => 0,
    close() {
      open = false;
      collections.clear();
    },
  };
}

function listIn(collection: Collection, prefix: string, { after, limit = Number.POSITIVE_INFINITY, reverse = false }: ListOptions): Entry[] {
  collection.sorted ??= [...collection.values.keys()].sort();
  const keys = collection.sorted;
  const entries: Entry[] = [];
  let at = reverse ? lowerBound(keys, after ?? afterPrefix(prefix)) - 1 : lowerBound(keys, after ?? prefix);
  for (; at >= 0 && at < keys.length && entries.length < limit; at += reverse ? -1 : 1) {
    const key = keys[at] ?? "";
    if (key === after) continue;
    if (!key.startsWith(prefix)) {
      // A start outside of the prefix is passed over until the prefix begins.
      if (reverse ? key > prefix : key < prefix) continue;
      break;
    }
    entries.push([key, collection.values.get(key) ?? null]);
  }
  return entries;
}

/** The smallest text behind every text that starts with `prefix`; keys are ASCII. */
const afterPrefix = (prefix: string): string => `${prefix}\u007f`;

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
