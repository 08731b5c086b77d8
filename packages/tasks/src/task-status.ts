/** Where a task stands. */
export const TaskStatus = {
  PENDING: "pending",
  BLOCKED: "blocked",
  READY: "ready",
  RUNNING: "running",
  COMPLETED: "completed",
  FAILED: "failed",
  TIMEOUT: "timeout",
  CANCELLED: "cancelled",
  SKIPPED: "skipped",
} as const;
/** One of pending, blocked, ready, running, completed, failed, timeout, cancelled, skipped. */
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

/** The statuses that never change again. */
export type TerminalStatus = "completed" | "failed" | "timeout" | "cancelled" | "skipped";

/** Whether a status never changes again. */
export function isTerminalStatus(status: string): status is TerminalStatus {
  switch (status) {
    case "completed":
    case "failed":
    case "timeout":
    case "cancelled":
    case "skipped":
      return true;
    default:
      return false;
  }
}
