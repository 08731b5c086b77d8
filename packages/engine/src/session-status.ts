/** How a session stands. */
export const SessionStatus = {
  /** Made; nothing was run in it. */
  PENDING: "pending",
  /** It takes its resources, or is being taken over. */
  INITIALIZING: "initializing",
  /** Something was run in it. */
  ACTIVE: "active",
  /** New work is refused. */
  PAUSED: "paused",
  /** Closed. */
  COMPLETED: "completed",
  /** Cancelled, or its time was over. */
  CANCELLED: "cancelled",
  /** The work that it was made for has failed, or its resources were not there. */
  FAILED: "failed",
  /** It could not be taken over. */
  ERROR: "error",
} as const;
/** One of pending, initializing, active, paused, completed, cancelled, failed, error. */
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus];

const CLOSED: ReadonlySet<SessionStatus> = new Set(["completed", "cancelled", "failed", "error"]);

/** Whether nothing more is run in a session of this status. */
export const isClosed = (status: SessionStatus): boolean => CLOSED.has(status);
