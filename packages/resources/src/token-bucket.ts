/**
 * A rate as a bucket of tokens: a grant takes tokens, which come back evenly over a minute whether or not it is released.
 * Dimensions ending in `_per_minute` and the dimension `rpm` are rates.
 */
export interface TokenBucket {
  /** Whole units left at `at`. */
  tokens: number;
  /** Milliseconds, on the caller's clock, up to which refills are counted. */
  at: number;
}

const MINUTE_MS = 60_000;

/** Whether amounts of `dimension` are a rate per minute. */
export const isRate = (dimension: string): boolean =>
  dimension === "rpm" || dimension.endsWith("_per_minute");

/** Adds what has flowed back until `now` into a bucket that holds at most `size` units. Time going back adds nothing. */
export function refill(bucket: TokenBucket, size: number, now: number): void {
  const gained = Math.floor(((now - bucket.at) * size) / MINUTE_MS);
  if (gained <= 0) return;
  if (bucket.tokens + gained >= size) {
    bucket.tokens = size;
    bucket.at = now;
  } else {
    bucket.tokens += gained;
    // Only whole units flow; the time of the started one is kept for the next call.
    bucket.at += (gained * MINUTE_MS) / size;
  }
}

/** When a bucket of `size` units that was refilled last will hold `wanted` (at most `size`), in milliseconds. */
export function readyAt(bucket: TokenBucket, size: number, wanted: number): number {
  return bucket.at + Math.ceil(((wanted - bucket.tokens) * MINUTE_MS) / size);
}
