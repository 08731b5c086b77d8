import type { LiveExecution } from "./live-execution.ts";

/** What a task of an execution is for. */
type TaskPart =
  /** An attempt at the step itself. */
  | { readonly kind: "step" }
  /** One item of a `foreach`. */
  | { readonly kind: "item"; readonly index: number }
  /** Takes back what the step has done, or one item of it. */
  | { readonly kind: "undo"; readonly item: number | null };

/** Where a task belongs. */
export interface TaskPlace {
  readonly execution: LiveExecution;
  readonly node: number;
  readonly part: TaskPart;
}
