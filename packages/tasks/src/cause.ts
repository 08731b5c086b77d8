import type { Lack } from "@orch/resources";
import type { TaskStatus } from "./task-status.ts";

/** One reason why a task is not finished, as plain data; `message` is a sentence for people. Durations in seconds. */
export type Cause = {
  readonly message: string;
} /** It has just come and is decided on with the next tick. */ & (
  | { readonly reason: "submitted" }
  | { readonly reason: "ended"; readonly status: TaskStatus; readonly code: string | null }
  | { readonly reason: "running"; readonly attempt: number; readonly since: string }
  /** An attempt is over, since it took too long or was cancelled, but its code runs on and keeps worker and resources. */
  | { readonly reason: "draining"; readonly attempt: number }
  /** An attempt failed and the next is due. */
  | {
      readonly reason: "retry";
      readonly attempt: number;
      readonly due_at: string;
      readonly due_in: number;
      readonly error: string | null;
    }
  /** A task that it depends on has not ended, with what that one waits for. */
  | {
      readonly reason: "dependency";
      readonly task_id: string;
      readonly status: TaskStatus;
      readonly causes: readonly Cause[];
    }
  | { readonly reason: "missing_dependency"; readonly task_id: string }
  /** So many further dependencies are left out of the answer. */
  | { readonly reason: "more"; readonly count: number }
  | { readonly reason: "cycle"; readonly path: readonly string[] }
  /**
   * Resources or locks are short: how much of what, who holds it since when, when enough of a rate is back. Nobody holds
   * what others only have waited longer for: they are told as `priority` and `others_first`.
   */
  | { readonly reason: "resources"; readonly lacks: readonly Lack[]; readonly waits_since: string }
  /** All workers are taken. */
  | { readonly reason: "workers"; readonly running: number; readonly limit: number }
  /** Its session or execution runs as many as it may; in sequential mode the group of all tasks, `sequential`. */
  | {
      readonly reason: "group";
      readonly group: string;
      readonly running: number;
      readonly limit: number;
    }
  /** A task before it in an order that is kept waits for resources. */
  | { readonly reason: "order"; readonly task_id: string }
  /**
   * Tasks that are more urgent, or as urgent and earlier, go first: they take the worker, the place in the group, the lock
   * or the resources that it waits for, as soon as these are free.
   */
  | { readonly reason: "priority"; readonly ahead: number; readonly next: string }
  /**
   * Others than tasks of this process have waited longer for locks or resources: other processes, and requests that were
   * made by hand. `processes`: those of them that are known, in the order in which it is their turn; one without a pid only
   * has a request that was made by hand.
   */
  | {
      readonly reason: "others_first";
      readonly waiting: readonly {
        readonly resource_id: string;
        readonly count: number;
        readonly processes: readonly { readonly instance: string; readonly pid: number | null }[];
      }[];
    }
  /** The loop was not started, or was stopped. */
  | { readonly reason: "not_started" }
  /** The loop has ended with an error. */
  | { readonly reason: "loop_ended"; readonly code: string }
  /** Another process has it. */
  | {
      readonly reason: "other_process";
      readonly instance: string;
      readonly pid: number | null;
      readonly alive: "alive" | "dead" | "unknown";
    }
  /** Its process is gone, and its action is not known here. */
  | { readonly reason: "action_not_known"; readonly module: string; readonly action: string }
);

/** What a task waits for. */
export interface Why {
  readonly task_id: string;
  readonly name: string;
  readonly status: TaskStatus;
  /** All that stands in its way now. Empty when it starts with the next tick. */
  readonly causes: readonly Cause[];
}
