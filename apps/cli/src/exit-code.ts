/** What the program ends with, so that scripts can tell why. */
export const EXIT = {
  success: 0,
  failed: 1,
  invalid: 2,
  notFound: 3,
  storage: 4,
  denied: 5,
  busy: 6,
  internal: 70,
  timedOut: 124,
  cancelled: 130,
  terminated: 143,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  INVALID_PARAMETERS: EXIT.invalid,
  CONFIG_INVALID: EXIT.invalid,
  WORKFLOW_DEFINITION_INVALID: EXIT.invalid,
  WORKFLOW_UNRESOLVED_REFERENCE: EXIT.invalid,
  DAG_INVALID: EXIT.invalid,
  DAG_CYCLE: EXIT.invalid,
  INVALID_STATE: EXIT.invalid,
  LIMIT_EXCEEDED: EXIT.invalid,
  STORAGE_ERROR: EXIT.storage,
  STORE_CORRUPT: EXIT.storage,
  STORE_VERSION: EXIT.storage,
  PERMISSION_DENIED: EXIT.denied,
  UNSAFE_STATE_DIR: EXIT.denied,
  UNTRUSTED: EXIT.denied,
  STORE_LOCKED: EXIT.busy,
  FENCED: EXIT.busy,
  TIMEOUT_EXCEEDED: EXIT.timedOut,
  CANCELLED: EXIT.cancelled,
  INTERNAL_ERROR: EXIT.internal,
};

/** The exit code for an error that ended a command. */
export const exitCodeOf = (errorCode: string): number => BY_CODE[errorCode] ?? (errorCode.endsWith("_NOT_FOUND") ? EXIT.notFound : EXIT.failed);
