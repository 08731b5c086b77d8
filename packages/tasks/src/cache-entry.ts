import type { JsonObject, JsonValue, StoreReader, StoreTransaction } from "@orch/core";
import { z } from "zod";
import { damagedKey } from "./damaged-record.ts";

/** At most this many results are kept; the oldest make room. */
export const MOST_CACHED = 1000;
/** How many make room at once: more than one tick and the writes up to the next look can add. */
export const CACHE_SLACK = 200;

const ENTRIES = "cache/";
/** Small rows in the order of time, so that the oldest are found without reading results. */
const ORDER = "cache_order/";

const entrySchema = z.object({
  module: z.string(),
  action: z.string(),
  value: z.custom<JsonValue>((value) => value !== undefined),
  created_at: z.number(),
  expires_at: z.number(),
  /** Where the record of the task lies whose result it is. */
  source: z.string(),
});

/** The record `cache/<key>`. Times are milliseconds since the epoch. */
export type CacheEntry = z.infer<typeof entrySchema>;

type Writer = Pick<StoreTransaction, "put" | "delete">;

/** The entry of a key that has not expired at `at` and is younger than `ttlMs` then, or null; one that cannot be read is none. */
export function readEntry(
  key: string,
  store: StoreReader,
  { at, ttlMs }: { readonly at: number; readonly ttlMs: number },
): CacheEntry | null {
  const { success, data } = entrySchema.safeParse(store.get(ENTRIES + key));
  if (!success || at >= data.expires_at) return null;
  const age = at - data.created_at;
  // One from the future was written before the clock was set back: its age is not known.
  return age >= 0 && age < ttlMs ? data : null;
}

/** Adds or replaces an entry. */
export function writeEntry(key: string, entry: CacheEntry, store: StoreReader, to: Writer): void {
  const earlier = entryToReplace(key, store);
  if (earlier) to.delete(orderKey(key, earlier.created_at));
  to.put(ENTRIES + key, entry as unknown as JsonObject);
  to.put(orderKey(key, entry.created_at), entry.expires_at);
}

/** One that is damaged is written over; its place in the order goes when its time is over. */
function entryToReplace(key: string, store: StoreReader): CacheEntry | null {
  try {
    return entrySchema.safeParse(store.get(ENTRIES + key)).data ?? null;
  } catch (error) {
    if (damagedKey(error) === null) throw error;
    return null;
  }
}

/** Removes what has expired at `at`, and the oldest above `most`; returns how many. O(entries), results are not read. */
export function sweepEntries(
  store: StoreReader,
  to: Writer,
  { at, most }: { readonly at: number; readonly most: number },
): number {
  const rows = store.list(ORDER);
  let surplus = rows.length - most;
  let removed = 0;
  for (const [row, expiresAt] of rows) {
    const expired = typeof expiresAt !== "number" || expiresAt <= at;
    if (!expired && surplus <= 0) continue;
    to.delete(row);
    to.delete(ENTRIES + row.slice(row.lastIndexOf(".") + 1));
    removed++;
    surplus--;
  }
  return removed;
}

const orderKey = (key: string, createdAt: number): string =>
  `${ORDER}${String(Math.floor(createdAt)).padStart(15, "0")}.${key}`;
