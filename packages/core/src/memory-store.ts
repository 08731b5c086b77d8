import type { JsonValue } from "./json.ts";
import { MemoryCollection } from "./memory-collection.ts";
import {
  checkListing,
  collectionOf,
  type Entry,
  isThenable,
  type ListOptions,
  misuse,
  REFUSAL,
  type Store,
  type StoreTransaction,
} from "./store.ts";

/**
 * A store without a disk, for tests and throw-away work: the same behaviour, gone with the process. Values are kept and
 * given back by reference.
 */
export function memoryStore(): Store {
  return new MemoryStore();
}

/** Whether a store is a {@link memoryStore}: what it holds is in memory, and nobody else can see it. */
export const isMemoryStore = (store: Store): boolean => store instanceof MemoryStore;

/** What a transaction has overwritten, in order. */
type Overwritten = (readonly [key: string, value: JsonValue | undefined])[];

class MemoryStore implements Store {
  readonly #collections = new Map<string, MemoryCollection>();
  #isOpen = true;
  /** That of the running transaction, `null` outside of one. */
  #before: Overwritten | null = null;

  transact<Result>(work: (tx: StoreTransaction) => Result): Result {
    if (!this.#isOpen) throw REFUSAL.closed();
    if (this.#before) throw REFUSAL.nested();
    const before: Overwritten = [];
    this.#before = before;
    try {
      const result = work(this.#transaction(before));
      if (isThenable(result)) throw REFUSAL.promised();
      return result;
    } catch (error) {
      for (const [key, value] of before.reverse()) this.#collection(key).replace(key, value);
      throw error;
    } finally {
      this.#before = null;
    }
  }

  get(key: string): JsonValue | undefined {
    return this.#collection(key).get(key);
  }

  list(prefix: string, options: ListOptions = {}): Entry[] {
    const collection = this.#collection(prefix);
    checkListing(prefix, options);
    return collection.list(prefix, options);
  }

  /** Nobody else can write to it. */
  foreignVersion(): number {
    if (!this.#isOpen) throw REFUSAL.closed();
    return 0;
  }

  close(): void {
    if (this.#before) throw REFUSAL.nested();
    this.#isOpen = false;
    this.#collections.clear();
  }

  #transaction(mine: Overwritten): StoreTransaction {
    const running = <Value>(value: Value): Value => {
      if (this.#before !== mine) throw REFUSAL.ended();
      return value;
    };
    const write = (key: string, value: JsonValue | undefined) => {
      const collection = running(this).#collection(key);
      mine.push([key, collection.get(key)]);
      collection.replace(key, value);
    };
    return {
      get: (key) => running(this).get(key),
      list: (prefix, options) => running(this).list(prefix, options),
      put: (key, value) => {
        if (value === undefined) throw misuse(`undefined cannot be put at ${key}`, { key });
        write(key, value);
      },
      delete: (key) => write(key, undefined),
    };
  }

  #collection(key: string): MemoryCollection {
    if (!this.#isOpen) throw REFUSAL.closed();
    const name = collectionOf(key);
    const known = this.#collections.get(name);
    if (known) return known;
    const made = new MemoryCollection();
    this.#collections.set(name, made);
    return made;
  }
}
