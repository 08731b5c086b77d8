import { type JsonValue, type ListOptions, OrchestrationError, type StoreReader } from "@orch/core";

/** Which records are listed. */
type Wanted = Omit<ListOptions, "reverse">;

/** A record as a listing finds it. */
export interface Listed {
  readonly key: string;
  /** Null in one that cannot be read. */
  readonly value: JsonValue;
  /** Why it cannot be read, or null. */
  readonly damage: OrchestrationError | null;
}

/**
 * The key of the one record that the store could not read, because its text or a file that it names is damaged; null for
 * any other error: of the disk, of the whole database, of a lock.
 */
export function damagedKey(error: unknown): string | null {
  if (!(error instanceof OrchestrationError) || error.code !== "STORE_CORRUPT") return null;
  const { key } = error.details;
  return typeof key === "string" ? key : null;
}

/** The records below a prefix, also those behind a damaged one: they are read one by one when there is any. */
export function listAll(prefix: string, store: StoreReader, options: Wanted = {}): Listed[] {
  try {
    return store.list(prefix, options).map(([key, value]) => ({ key, value, damage: null }));
  } catch (error) {
    if (damagedKey(error) === null) throw error;
    return oneByOne(prefix, store, options);
  }
}

function oneByOne(
  prefix: string,
  store: StoreReader,
  { limit = Number.POSITIVE_INFINITY, ...options }: Wanted,
): Listed[] {
  const listed: Listed[] = [];
  for (let wanted = options; listed.length < limit; ) {
    const next = nextOf(prefix, store, wanted);
    if (next === null) break;
    listed.push(next);
    wanted = { ...options, after: next.key };
  }
  return listed;
}

function nextOf(prefix: string, store: StoreReader, options: Wanted): Listed | null {
  try {
    const [entry] = store.list(prefix, { ...options, limit: 1 });
    return entry ? { key: entry[0], value: entry[1], damage: null } : null;
  } catch (error) {
    const key = damagedKey(error);
    if (key === null) throw error;
    return { key, value: null, damage: error as OrchestrationError };
  }
}
