/** What the program ends with, so that scripts can tell why. */
export const EXIT = {
  success: 0,
  /** The work failed. */
  failed: 1,
  /** Invalid input or usage. */
  invalid: 2,
  notFound: 3,
  storage: 4,
  /** Refused by policy. */
  denied: 5,
  /** Busy or locked. */
  busy: 6,
  internal: 70,
  timedOut: 124,
  cancelled: 130,
  /** Ended by SIGTERM. */
  terminated: 143,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  INVALID_PARAMETERS: EXIT.invalid,
  CONFIG_INVALID: EXIT.invalid,
  WORKFLOW_DEFINITION_INVALID: EXIT.invalid,
  WORKFLOW_UNRESOLVED_REFERENCE: EXIT.invalid,
  DAG_INVALID: EXIT.invalid,
  DAG_CYCLE: EXIT.invalid,
  DUPLICATE_STEP: EXIT.invalid,
  UNKNOWN_DEPENDENCY: EXIT.invalid,
  UNKNOWN_UNIT: EXIT.invalid,
  INVALID_STATE: EXIT.invalid,
  LIMIT_EXCEEDED: EXIT.invalid,
  PROJECT_EXISTS: EXIT.invalid,
  PROJECT_ERROR: EXIT.invalid,
  SESSION_ERROR: EXIT.invalid,
  STORAGE_ERROR: EXIT.storage,
  STORE_CORRUPT: EXIT.storage,
  STORE_VERSION: EXIT.storage,
  PERMISSION_DENIED: EXIT.denied,
  UNSAFE_STATE_DIR: EXIT.denied,
  UNTRUSTED: EXIT.denied,
  APPROVAL_REQUIRED: EXIT.denied,
  APPROVAL_REJECTED: EXIT.denied,
  STORE_LOCKED: EXIT.busy,
  FENCED: EXIT.busy,
  RATE_LIMITED: EXIT.busy,
  RESOURCE_UNAVAILABLE: EXIT.busy,
  TIMEOUT_EXCEEDED: EXIT.timedOut,
  CANCELLED: EXIT.cancelled,
  EXECUTOR_SHUTDOWN: EXIT.cancelled,
  INTERNAL_ERROR: EXIT.internal,
};

/** The exit code for an error that ended a command. */
export const exitCodeOf = (errorCode: string): number =>
  BY_CODE[errorCode] ?? (errorCode.endsWith("_NOT_FOUND") ? EXIT.notFound : EXIT.failed);

/** What an execution says of its end. */
export interface Outcome {
  readonly success: boolean;
  readonly status: string;
  readonly errorCode: string | null;
}

/** The exit code for a run that was started and has ended. */
export function exitCodeOfRun({ success, status, errorCode }: Outcome): number {
  if (success) return EXIT.success;
  if (status === "cancelled") return EXIT.cancelled;
  return errorCode === "TIMEOUT_EXCEEDED" ? EXIT.timedOut : EXIT.failed;
}
