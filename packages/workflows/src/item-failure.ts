/** What the failure of one item of a `foreach` does to the others. */
export const ItemFailure = {
  /** No further item starts, what runs goes on; the step fails. */
  STOP: "stop",
  /** No further item starts, what runs is aborted; the step fails. */
  CANCEL: "cancel",
  /** All items run; the output of the failed one is null, and the step completes. */
  CONTINUE: "continue",
} as const;
/** One of stop, cancel, continue. */
export type ItemFailure = (typeof ItemFailure)[keyof typeof ItemFailure];
