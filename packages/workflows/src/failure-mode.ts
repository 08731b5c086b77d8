/** What the failure of a required step does to the rest of its run. */
export const FailureMode = {
  /** Its dependents, direct or not, are skipped; independent steps still run. */
  SKIP_DEPENDENTS: "skip_dependents",
  /** Its dependents run; its output is null. */
  CONTINUE: "continue",
  /** Nothing new starts; what runs goes on. */
  STOP: "stop",
  /** Nothing new starts; what runs is cancelled. */
  CANCEL: "cancel",
} as const;
/** One of skip_dependents, continue, stop, cancel. */
export type FailureMode = (typeof FailureMode)[keyof typeof FailureMode];
