import { CANCEL_GRACE_MS } from "./worker-runner.ts";

/** How long it may take until a thread that was ended is gone, milliseconds. */
export const END_MS = 500;

/**
 * How long code that ran past its time may take to stop before its task is given up, milliseconds. Twice the grace of
 * threads and processes: they are ended after the first half, so that what had to be ended is still tried again.
 */
export const stopGraceOf = (cancelGraceMs: number = CANCEL_GRACE_MS): number =>
  cancelGraceMs + Math.max(cancelGraceMs, END_MS);
