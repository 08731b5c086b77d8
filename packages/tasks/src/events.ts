import type { TerminalStatus } from "./task-status.ts";

/** What happens to single tasks, told after it is stored. Times in seconds. */
export type TaskEvent =
  | {
      readonly type: "task_submitted" | "task_started" | "task_completed" | "task_skipped" | "task_cancelled";
      readonly task_id: string;
      readonly task_name: string;
      readonly execution_time?: number;
    }
  | {
      readonly type: "task_failed";
      readonly task_id: string;
      readonly task_name: string;
      readonly error: string;
      readonly execution_time: number;
    }
  | {
      readonly type: "task_retrying";
      readonly task_id: string;
      readonly task_name: string;
      readonly error: string;
      /** The attempt that failed. */
      readonly attempt: number;
      readonly delay_seconds: number;
    }
  | {
      /** Nothing goes on any more, and these are left: they can never run as things stand. */
      readonly type: "tasks_deadlocked";
      readonly task_ids: readonly string[];
      /** Each from a task on that waits for the next one, back to it. */
      readonly cycles: readonly (readonly string[])[];
      /** Ids that nothing has. */
      readonly missing: readonly string[];
    };

/** The event of an end: a timeout is a failure, too. */
export const END_EVENTS = {
  completed: "task_completed",
  failed: "task_failed",
  timeout: "task_failed",
  cancelled: "task_cancelled",
  skipped: "task_skipped",
} as const satisfies Record<TerminalStatus, TaskEvent["type"]>;
