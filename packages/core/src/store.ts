import { shownValue } from "./argument.ts";
import { StorageError } from "./errors.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** Which part of an ordered listing is wanted. */
export interface ListOptions {
  /** Start behind this key of the same collection (in the direction of the listing). It need not exist. */
  readonly after?: string;
  /** At most this many, a whole number from 0. @default all */
  readonly limit?: number;
  /** Last key first. @default false */
  readonly reverse?: boolean;
  /**
   * Of each value that is an object only these fields, as far as it has them: for whoever looks through many records. What
   * lies in a file of its own is then only read for a field that is asked for. @default the whole value
   */
  readonly fields?: readonly string[];
}

/** A key and its value. */
export type Entry = readonly [key: string, value: JsonValue];

/**
 * Reads of a {@link Store}. A key is `<collection>/<path>`: the collection `[a-z][a-z0-9_]*`, the path any printable
 * ASCII, ordered by its bytes. Another key, prefix or limit is refused with STORAGE_ERROR, not retryable.
 */
export interface StoreReader {
  /** The value of a key, or `undefined`. */
  get(key: string): JsonValue | undefined;
  /** Entries whose key starts with `prefix`, which must hold the collection's `/`, in key order. */
  list(prefix: string, options?: ListOptions): Entry[];
}

/** Reads and writes of one transaction; it sees its own writes, and refuses everything once it has ended. */
export interface StoreTransaction extends StoreReader {
  /** Adds or replaces. The value must be JSON without loss (`findLossy`): what JSON would change comes back changed. */
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
   * the disk refuses, inside another transaction, and when `work` returns a promise.
   */
  transact<Result>(work: (tx: StoreTransaction) => Result): Result;
  /** A number that changes whenever another connection has committed; cheap enough to be asked often. */
  foreignVersion(): number;
  /** Closes; a second time is fine, inside a transaction is refused. Any other call afterwards throws STORAGE_ERROR. */
  close(): void;
}

const KEY = /^[a-z][a-z0-9_]*\/[ -~]*$/;

/** The collection of a key or prefix: what stands before its first `/`. Throws STORAGE_ERROR for what is no key. */
export function collectionOf(key: string): string {
  if (typeof key !== "string" || !KEY.test(key))
    throw misuse(`${shownValue(key)} is no key: it takes a collection, a slash and printable ASCII`, {
      key: typeof key === "string" ? key : shownValue(key),
    });
  return key.slice(0, key.indexOf("/"));
}

/** Throws STORAGE_ERROR for options that a listing below `prefix` cannot have. */
export function checkListing(prefix: string, { after, limit = 0 }: ListOptions): void {
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isInteger(limit) && limit >= 0))
    throw misuse(`${shownValue(limit)} is no limit of a listing`, { limit: shownValue(limit) });
  if (after === undefined || collectionOf(after) === collectionOf(prefix)) return;
  throw misuse(`A listing of ${prefix} cannot start after ${after}, a key of another collection`, {
    prefix,
    after,
  });
}

/** Of a value that is an object only these fields, as far as it has them; another value whole. */
export function pickFields(value: JsonValue, fields: readonly string[]): JsonValue {
  if (!isObject(value)) return value;
  const picked: Record<string, JsonValue> = {};
  for (const field of fields) {
    const part = (value as JsonObject)[field];
    if (part !== undefined && Object.hasOwn(value, field)) picked[field] = part;
  }
  return picked;
}

/** The smallest text behind every key that starts with `prefix`: keys end below it. */
export const behind = (prefix: string): string => `${prefix}\u007f`;

/** A call that can never succeed. */
export const misuse = (message: string, details: Readonly<Record<string, unknown>> = {}): StorageError =>
  new StorageError(message, { retryable: false, details });

/** The errors that every store has in common. */
export const REFUSAL = {
  closed: () => misuse("The store is closed"),
  nested: () => misuse("A transaction is under way already"),
  ended: () => misuse("The transaction has ended: its work must be synchronous"),
  promised: () => misuse("The work of a transaction returned a promise: it must be synchronous"),
} as const;

/** Whether `value` can be awaited. */
export const isThenable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
