import type { JsonValue } from "./json.ts";
import { type Kept, MemoryCollection } from "./memory-collection.ts";
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

/** What a write has overwritten. */
interface Overwritten {
  readonly collection: MemoryCollection;
  readonly key: string;
  readonly value: Kept | undefined;
}

class MemoryStore implements Store {
  readonly #collections = new Map<string, MemoryCollection>();
  #isOpen = true;
  #running: MemoryTransaction | null = null;

  transact<Result>(work: (tx: StoreTransaction) => Result): Result {
    if (!this.#isOpen) throw REFUSAL.closed();
    if (this.#running) throw REFUSAL.nested();
    const transaction = new MemoryTransaction(this, (key) => this.#collection(key));
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
    if (this.#running) throw REFUSAL.nested();
    this.#isOpen = false;
    this.#collections.clear();
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

/** Writes at once, and remembers what was there before. */
class MemoryTransaction implements StoreTransaction {
  readonly #store: MemoryStore;
  readonly #collectionOf: (key: string) => MemoryCollection;
  readonly #overwritten: Overwritten[] = [];
  #hasEnded = false;

  constructor(store: MemoryStore, collectionOf: (key: string) => MemoryCollection) {
    this.#store = store;
    this.#collectionOf = collectionOf;
  }

  get(key: string): JsonValue | undefined {
    if (this.#hasEnded) throw REFUSAL.ended();
    return this.#store.get(key);
  }

  list(prefix: string, options?: ListOptions): Entry[] {
    if (this.#hasEnded) throw REFUSAL.ended();
    return this.#store.list(prefix, options);
  }

  put(key: string, value: Kept): void {
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

  #write(key: string, value: Kept | undefined): void {
    if (this.#hasEnded) throw REFUSAL.ended();
    const collection = this.#collectionOf(key);
    this.#overwritten.push({ collection, key, value: collection.kept(key) });
    collection.replace(key, value);
  }
}
