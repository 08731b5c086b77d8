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

/** Records that lie elsewhere in memory. */
export interface MemoryView {
  /** The record of a path within the collection, or `undefined`. */
  get(path: string): JsonValue | undefined;
  /** The paths that have one. */
  paths(): Iterable<string>;
}

/**
 * Shows the records of `view` in a collection of a {@link memoryStore}, as if they had been put there: for whoever has them
 * anyway, and would pay for each that nobody reads. What is put under the same key counts more. Throws STORAGE_ERROR for
 * another kind of store.
 */
export function showInMemory(store: Store, collection: string, view: MemoryView): void {
  if (!(store instanceof MemoryStore)) throw misuse("Only a memory store shows what lies elsewhere");
  store.show(collection, view);
}

/** What a write has overwritten. */
interface Overwritten {
  readonly collection: MemoryCollection;
  readonly key: string;
  readonly value: JsonValue | undefined;
}

class MemoryStore implements Store {
  readonly #collections = new Map<string, MemoryCollection>();
  readonly #views = new Map<string, MemoryView[]>();
  #isOpen = true;
  #running: MemoryTransaction | null = null;

  transact<Result>(work: (tx: StoreTransaction) => Result): Result {
    if (!this.#isOpen) throw REFUSAL.closed();
    if (this.#running) throw REFUSAL.nested();
    const transaction = new MemoryTransaction(this);
    this.#running = transaction;
    try {
      const result = work(transaction);
      if (isThenable(result)) throw REFUSAL.promised();
      return result;
    } catch (error) {
      transaction.undo();
      throw error;
    } finally {
      transaction.end();
      this.#running = null;
    }
  }

  get(key: string): JsonValue | undefined {
    const value = this.collection(key).get(key);
    return value !== undefined || this.#views.size === 0 ? value : this.#shown(key);
  }

  list(prefix: string, options: ListOptions = {}): Entry[] {
    const collection = this.collection(prefix);
    checkListing(prefix, options);
    return this.#withShown(collectionOf(prefix), collection).list(prefix, options);
  }

  /** See {@link showInMemory}. */
  show(name: string, view: MemoryView): void {
    this.#views.set(name, [...(this.#views.get(name) ?? []), view]);
  }

  /** Nobody else can write to it. */
  foreignVersion(): number {
    if (!this.#isOpen) throw REFUSAL.closed();
    return 0;
  }

  close(): void {
    if (this.#running) throw REFUSAL.nested();
    this.#isOpen = false;
    this.#collections.clear();
    this.#views.clear();
  }

  #shown(key: string): JsonValue | undefined {
    const name = collectionOf(key);
    for (const view of this.#views.get(name) ?? []) {
      const value = view.get(key.slice(name.length + 1));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** All that is to be listed. O(what is shown) */
  #withShown(name: string, collection: MemoryCollection): MemoryCollection {
    const views = this.#views.get(name);
    if (views === undefined) return collection;
    const all = new MemoryCollection();
    for (const view of views.toReversed())
      for (const path of view.paths()) all.replace(`${name}/${path}`, view.get(path));
    for (const [key, value] of collection.entries()) all.replace(key, value);
    return all;
  }

  /** Where the record of a key lies. Throws STORAGE_ERROR when the store is closed, and for what is no key. */
  collection(key: string): MemoryCollection {
    if (!this.#isOpen) throw REFUSAL.closed();
    const name = collectionOf(key);
    const known = this.#collections.get(name);
    if (known) return known;
    const made = new MemoryCollection();
    this.#collections.set(name, made);
    return made;
  }
}

/** Writes at once, and remembers what was there before. */
class MemoryTransaction implements StoreTransaction {
  readonly #store: MemoryStore;
  readonly #overwritten: Overwritten[] = [];
  #hasEnded = false;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  get(key: string): JsonValue | undefined {
    if (this.#hasEnded) throw REFUSAL.ended();
    return this.#store.get(key);
  }

  list(prefix: string, options?: ListOptions): Entry[] {
    if (this.#hasEnded) throw REFUSAL.ended();
    return this.#store.list(prefix, options);
  }

  put(key: string, value: JsonValue): void {
    if (value === undefined) throw misuse(`undefined cannot be put at ${key}`, { key });
    this.#write(key, value);
  }

  delete(key: string): void {
    this.#write(key, undefined);
  }

  /** Takes back all that was written. */
  undo(): void {
    for (const { collection, key, value } of this.#overwritten.reverse()) collection.replace(key, value);
  }

  end(): void {
    this.#hasEnded = true;
  }

  #write(key: string, value: JsonValue | undefined): void {
    if (this.#hasEnded) throw REFUSAL.ended();
    const collection = this.#store.collection(key);
    this.#overwritten.push({ collection, key, value: collection.get(key) });
    collection.replace(key, value);
  }
}
