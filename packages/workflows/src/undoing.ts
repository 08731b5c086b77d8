import type { LiveTask } from "@orch/tasks";
import type { LiveExecution } from "./live-execution.ts";
import type { RunEnd } from "./run-change.ts";
import type { StepRecord } from "./stored-step.ts";

/** What is being undone in an execution that has failed or was cancelled. */
export interface Undoing {
  /** How the execution ends afterwards. */
  readonly end: RunEnd;
  /** Steps that are still to be undone; the next one is the last. */
  readonly left: number[];
  /** What could not be undone. */
  readonly errors: string[];
  /** The one that is undone now. */
  task: LiveTask | null;
  /** What undos before left behind. */
  readonly earlier: ReadonlyMap<string, StepRecord>;
}

/**
 * The steps that are to be undone, the last to complete at the end. `undone` are those whose undo has ended. Pure;
 * O(steps log steps).
 */
export function stepsToUndo(
  { completions, run }: Pick<LiveExecution, "completions" | "run">,
  undone: (step: string) => boolean,
): number[] {
  return [...completions]
    .filter(([node]) => !undone(run.compiled.steps[node]?.name ?? ""))
    .sort(([, a], [, b]) => a - b)
    .map(([node]) => node);
}
