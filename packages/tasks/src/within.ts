import { systemClock } from "@orch/core";

/**
 * Resolves when `promise` has settled, after `ms` at the latest; no timer is left behind. In real time: for what the
 * system does, such as ending a process.
 */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const stop = systemClock.setTimer(resolve, ms);
  await Promise.race([promise.catch(() => {}), late]);
  stop();
}
