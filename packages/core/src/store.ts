import type { JsonValue } from "./json.ts";

/** Which part of an ordered listing is wanted. */
export interface ListOptions {
  /** Start behind this key (in the direction of the listing). */
  readonly after?: string;
  /** At most this many. @default all */
  readonly limit?: number;
  /** Last key first. @default false */
  readonly reverse?: boolean;
}

/** A key and its value. */
export type Entry = readonly [key: string, value: JsonValue];

/** Reads of a {@link Store}. Keys are `<collection>/<path>` in ASCII, ordered by their bytes within a collection. */
export interface StoreReader {
  /** The value of a key, or `undefined`. */
  get(key: string): JsonValue | undefined;
  /** Entries whose key starts with `prefix`, which must hold the collection's `/`, in key order. */
  list(prefix: string, options?: ListOptions): Entry[];
}

/** Reads and writes of one transaction; it sees its own writes. */
export interface StoreTransaction extends StoreReader {
  put(key: string, value: JsonValue): void;
  /** Nothing happens for an unknown key. */
  delete(key: string): void;
}

/**
 * An ordered map of keys to JSON values with atomic, durable batches: the port that everything durable is written to.
 * Values that were put are never changed afterwards by either side.
 */
export interface Store extends StoreReader {
  /**
   * Runs the synchronous `work`, applies all it wrote or nothing, and is durable when it returns. What `work` throws is
   * thrown on, and nothing is written. Throws STORE_LOCKED at once when another process is writing; STORAGE_ERROR when
   * the disk refuses.
   */
  transact<Result>(work: (tx: StoreTransaction) => Result): Result;
  /** A number that changes whenever another connection has committed; cheap enough to be asked often. */
  foreignVersion(): number;
  /** Closes; a second time is fine. Any other call afterwards throws STORAGE_ERROR. */
  close(): void;
}

/** The collection of a key: what stands before its first `/`. */
export const collectionOf = (key: string): string => key.slice(0, key.indexOf("/"));
