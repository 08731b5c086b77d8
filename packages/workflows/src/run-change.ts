import type { JsonObject, JsonValue } from "@orch/core";
import type { Failure, TaskStatus } from "@orch/tasks";

/** How a step ended. */
export interface StepEnd {
  readonly status: TaskStatus;
  readonly output: JsonValue;
  readonly failure: Failure | null;
  /** Why a step was skipped. */
  readonly reason?: string;
  /** What is to be said of a step that has completed all the same. */
  readonly warning?: string;
  /** Its output is that of an earlier run with the same input. */
  readonly cached?: boolean;
}

/** A step that may run, with its parameters resolved. */
export interface ReadyStep {
  readonly node: number;
  /** Of a `foreach` step those of the run alone: each item has its own. */
  readonly parameters: JsonObject;
  /** What a `foreach` step goes over; null for any other. */
  readonly items: readonly JsonValue[] | null;
}

/** What follows from something that happened to a run. */
export interface RunChange {
  /** Steps to run now, in definition order where they became ready together. */
  readonly start: ReadyStep[];
  /**
   * Steps that ended without running: skipped, or failed because a reference or a condition did. A skipped one may have
   * been given out before, and not have begun: it is to be taken back.
   */
  readonly ended: { readonly node: number; readonly end: StepEnd }[];
  /** Why the steps that run are to be cancelled; null when they go on. */
  cancelRunning: Failure | null;
}

/** The outcome of a whole run. */
export interface RunEnd {
  readonly status: "completed" | "failed" | "cancelled";
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly errorCode: string | null;
}

/** A change in which nothing has happened yet. */
export const noChange = (): RunChange => ({ start: [], ended: [], cancelRunning: null });

/** One line for a step that ended badly: `Step a failed: boom!`. */
export function describeEnd(step: string, { status, failure }: Pick<StepEnd, "status" | "failure">): string {
  if (status !== "timeout") return `Step ${step} ${status}: ${failure?.message ?? "unknown"}`;
  const seconds = Number(failure?.details["timeout_ms"] ?? 0) / 1000;
  return `Step ${step} timed out after ${seconds} seconds`;
}
