/**
 * Use above capacity for a short time. A burst begins when the total first passes the capacity and may then go up to the
 * limit until the window ends; when the total is back at the capacity or below, the next one may begin a window later.
 */
export interface Burst {
  /** Most units held during a burst. */
  readonly limit: number;
  readonly windowMs: number;
  /** When the burst began, or `null` outside one. */
  startedAt: number | null;
  /** When the last burst ended, or `null` before the first. */
  endedAt: number | null;
}

/** The most units that may be held at `now`, with `used` of `usable` held. */
export function burstCeiling(burst: Burst, used: number, usable: number, now: number): number {
  if (burst.startedAt !== null) return now < burst.startedAt + burst.windowMs ? burst.limit : usable;
  // More than the capacity is held without a burst when the capacity was lowered: that grants nothing new.
  if (used > usable) return usable;
  return burst.endedAt === null || now >= burst.endedAt + burst.windowMs ? burst.limit : usable;
}

/** When `burst` may next lift the ceiling, or `null` when it may now or a running one has to end first. */
export function nextBurstAt(burst: Burst, now: number): number | null {
  if (burst.startedAt !== null || burst.endedAt === null) return null;
  const next = burst.endedAt + burst.windowMs;
  return next > now ? next : null;
}
