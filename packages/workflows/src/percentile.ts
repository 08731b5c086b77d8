/** How long something took, over many times. Seconds. */
export interface Durations {
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly total: number;
  /** Half of them took no longer. */
  readonly p50: number;
  /** 19 of 20 took no longer. */
  readonly p95: number;
}

/** What is to be said of `ms`, a list of milliseconds that is not empty. O(n log n). */
export function durationsOf(ms: readonly number[]): Durations {
  const sorted = ms.map((each) => each / 1000).sort((a, b) => a - b);
  const total = sorted.reduce((sum, each) => sum + each, 0);
  return {
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    avg: sorted.length === 0 ? 0 : total / sorted.length,
    total,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
  };
}

/** The smallest value that at least the part `share` of them does not exceed (nearest rank). */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
