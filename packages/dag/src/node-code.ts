// The states as bytes. A node that failed or was skipped either makes its dependents skipped, or lets them run all the
// same (the two codes at the end). From COMPLETED on codes are terminal; COMPLETED and from FAILED_ON on let dependents run.
export const BLOCKED = 0;
export const READY = 1;
export const RUNNING = 2;
export const COMPLETED = 3;
export const FAILED = 4;
export const SKIPPED = 5;
export const FAILED_ON = 6;
export const SKIPPED_ON = 7;

/** The state that each code stands for. */
export const STATES = [
  "blocked",
  "ready",
  "running",
  "completed",
  "failed",
  "skipped",
  "failed",
  "skipped",
] as const;

/** The code of each state that does not follow from the dependencies. */
export const CODES = { running: RUNNING, completed: COMPLETED, failed: FAILED, skipped: SKIPPED } as const;

export const isTerminal = (code: number): boolean => code >= COMPLETED;
export const isSatisfied = (code: number): boolean => code === COMPLETED || code >= FAILED_ON;
export const isBroken = (code: number): boolean => code === FAILED || code === SKIPPED;
